"""A message of Teams as it is told: the same whether an export or a log told of it."""

from __future__ import annotations

from auditor.model import Address, Channel, Message, Party, PartyRole
from connectors.microsoft.teams.members import Present, Rooms
from connectors.microsoft.teams.posts import Post


def message_of(
    post: Post, author: Address, rooms: Rooms, *, source: str, tool: str
) -> tuple[Message, Present]:
    """Return the message of a post to whoever was there, and who that was.

    ``source`` is the source's own name, which keeps its conversations apart from other sources'.
    """
    present = rooms.present(post.chat, post.at)
    of_channel = f"/{post.answers or post.id}" if post.chat in rooms.channels else ""
    message = Message(
        native_id=f"{post.chat}/{post.id}",
        channel=Channel.CHAT,
        tool=tool,
        sent_at=post.at,
        parties=(
            Party(author, PartyRole.FROM),
            *(Party(one, PartyRole.MEMBER) for one in present.addresses if one != author),
        ),
        thread=f"{source}/{post.chat}{of_channel}",
        container=post.chat,
        recipients_hidden=not present.complete,
    )
    return message, present
