"""Rows as each column map that comes with the program expects them: invented, and plainly so."""

from __future__ import annotations

TEXT = "zephyrquill"
"""Stands where a message's text would: nothing that is read may hold it."""
_PLAYERS = ("Athlete", "Head Coach", "Volunteer Coach")


def _roster(team: str, role: str, more: str, first: str = "First Name", last: str = "Last Name") -> str:
    rows = (
        f"Varsity Soccer,Avery,Sample,10,{_PLAYERS[0]},7",
        f"Varsity Soccer,Jordan,Sample,,{_PLAYERS[1]},",
        f"Varsity Soccer,Robin,Sample,,{_PLAYERS[2]},",
    )
    return "\n".join((f"{team},{first},{last},Grade,{role},{more}", *rows, ""))


SAMPLES: dict[str, str] = {
    "aspen-groups": (
        "Group,Person ID,Name,Member type,Administrator\n"
        "Varsity Soccer,T-104,Jordan Sample,Staff,Y\nVarsity Soccer,S-2001,Avery Sample,Students,N\n"
    ),
    "arbitersports-roster": _roster(
        "Program", "Participant Type", "Phone", "Participant First Name", "Participant Last Name"
    ),
    "athletics-teams": (
        "Team ID,Team,Sport,Level,School,Season Start,Season End,Gender\n"
        "SOC-V,Varsity Soccer,soccer,varsity,10,08/20/2026,11/20/2026,G\n"
    ),
    "chat-export": (
        "Message Name,Create Time,Sender Email,Participants,Space Type,Space\n"
        "m-1,2026-09-14T20:05:00Z,t@marlow.example,t@marlow.example;s@marlow.example,SPACE,sp-1\n"
    ),
    "dragonfly-roster": _roster("Team", "Role", "Jersey"),
    "finalforms-roster": _roster("Team", "Role", "Phone"),
    "finalsite-parents": (
        "organizationid,studentid,parentid,firstname,lastname,email,phone\n"
        "10,S-2001,900,Robin,Sampl\N{LATIN SMALL LETTER E WITH ACUTE},robin@home.example,5550100\n"
    ),
    "focus-communication-report": (
        "Date,Type,Preview,Source,From,To,Regarding Student\n"
        f"09/14/2026 04:05 PM,Email,{TEXT},Portal,t@marlow.example,s@marlow.example,Avery Sample\n"
    ),
    "infinite-campus-sent-messages": (
        "Message ID,Sent Date,Delivery Method,Sender,Recipient IDs,Subject\n"
        f"4711,09/14/2026 04:05 PM,Inbox,t@marlow.example,S-2001;S-2002,{TEXT}\n"
    ),
    "message-log": (
        "Message ID,Sent Date,Message Type,Sender,Recipient IDs,Delivery,Subject\n"
        f"4711,09/14/2026 04:05 PM,Inbox,t@marlow.example,S-2001,All,{TEXT}\n"
    ),
    "moodle-messages": (
        "message_id,sent_at,sender_email,recipient_emails,conversation_type,conversation_id\n"
        "9,2026-09-14T20:05:00Z,t@marlow.example,s@marlow.example,1,3\n"
    ),
    "parentsquare-messages": (
        "Message ID,Conversation ID,Sent At,Type,Visibility,Sender Email,Recipient Emails,Message\n"
        "77,5,09/14/2026 04:05 PM,Direct Message,Private (one-to-one),t@marlow.example,"
        f"robin@home.example,{TEXT}\n"
    ),
    "rank-one-roster": _roster("Team", "Position", "Jersey"),
    "retired-export": (
        "Message ID,Date,From,To,Subject,Body\n"
        f"1,09/14/2026 04:05 PM,t@marlow.example,s@marlow.example,{TEXT},{TEXT}\n"
    ),
    "schoolmessenger-broadcasts": (
        "Job ID,Job Name,Start Date,Delivery Type,Submitted By,Recipient IDs,Total Contacts\n"
        f"31,{TEXT},09/14/2026 04:05 PM,Email,T-104,,812\n"
    ),
    "schoology-groups": (
        "uid,school_uid,name_first,name_last,mail,group_code,title,type,status\n"
        "9,S-2001,Avery,Sample,s@marlow.example,G-1,Chess Club,member,1\n"
    ),
    "talkingpoints-messages": (
        "Sent At,Teacher Email,Student ID,Message,Translated Message,Language\n"
        f"09/14/2026 04:05 PM,t@marlow.example,S-2001,{TEXT},{TEXT},es\n"
    ),
    "team-roster": "Jersey,First Name,Last Name,Email,Position\n7,Avery,Sample,a@x.example,Keeper\n",
}
"""Map -> a file such as it expects, with every row usable."""
