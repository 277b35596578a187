"""Invented names, with the accents, apostrophes and hyphens that real rosters hold."""

from __future__ import annotations

import unicodedata

_GIVEN = """
    Ada Aisha Alejandro Amara Amélie Anders Anika Arjun Åsa Beatriz Bram Camila Carlos Chidi
    Chloë Clara Dalia Daniel Devi Dmitri Eero Elena Elif Emeka Emma Esme Farah Felix Fiadh Gabriela
    Gideon Grace Hana Henrik Hugo Ibrahim Imani Inés Isaac Isolde Jaya Jonah José Julia Kai Kaspar
    Keiko Kwame Laila Leif Linh Lucía Łukasz Mae Malik María Marcus Mei Mila Minh Moïse Nadia Naomi
    Noor Odette Olga Omar Oskar Paloma Pavel Priya Quentin Rafael Renée Rhys Rosa Ruth Saoirse
    Samir Sefa Siobhán Sofía Søren Talia Tariq Thea Tomás Uma Valentín Vera Wanjiru Wei Ximena
    Yara Yusuf Zara Zoë
"""
_FAMILY = """
    Abara Abbott Achterberg Adeyemi Albright Ambrose Anand Arslan Ashdown Baptiste Barlow
    Beaumont Bergström Bhatt Blackwood Brennan Calloway Castellanos Chaudhry Chevalier Cho Coates
    Corrigan D'Angelo Dąbrowski Delacroix Desrosiers Dimitrov Dunmore Ekström El-Amin Escobar
    Fairweather Ferreira Fitzgerald Flores Fontaine Fujita García-López Gallagher Ghosh Gustafsson
    Haddad Hargrove Hashimoto Holloway Horvat Hoàng Ibarra Ivanova Jankowski Jónsdóttir Kaplan
    Kavanagh Keller Kimura Kovač Lachance Lindqvist Llewellyn MacTavish Mbeki Medeiros Mendoza
    Montague Moreau Mwangi Nakamura Nascimento Ngo Núñez O'Brien O'Hara Okafor Oyelaran Özdemir
    Papadakis Park Pereira Petrov Pham Quispe Raghunathan Ramírez Rasmussen Rossi Sandoval
    Santangelo Schäfer Sinclair Sørensen St-Pierre Takahashi Tanaka Thibodeaux Thornbury Tran
    Underhill Vasquez Venter Villanueva Wainwright Whitlock Yamamoto Yıldız Zapata Zielińska
"""
GIVEN, FAMILY = tuple(_GIVEN.split()), tuple(_FAMILY.split())
SCHOOLS = (
    ("alder-hill", "Alder Hill High School", "AH", (9, 12)),
    ("birch-lane", "Birch Lane Middle School", "BL", (6, 8)),
    ("cedar-brook", "Cedar Brook High School", "CB", (9, 12)),
    ("dogwood", "Dogwood Middle School", "DW", (6, 8)),
    ("elm-park", "Elm Park High School", "EP", (9, 12)),
    ("fernvale", "Fernvale Middle School", "FV", (6, 8)),
    ("gorse-field", "Gorse Field High School", "GF", (9, 12)),
    ("hazel-row", "Hazel Row Middle School", "HR", (6, 8)),
    ("ivy-cross", "Ivy Cross High School", "IC", (9, 12)),
    ("juniper", "Juniper Middle School", "JU", (6, 8)),
)
SUBJECTS = (
    "Algebra", "Biology", "Chemistry", "Civics", "Drawing", "Earth Science", "English",
    "Geometry", "Health", "Literature", "Music", "Physics", "Spanish", "World History",
)  # fmt: skip
TEAMS = {
    "soccer": ("Varsity Soccer", "sport", "soccer", "varsity"),
    "cross-country": ("Cross Country", "sport", "cross country", "varsity"),
    "field-hockey": ("Field Hockey", "sport", "field hockey", "varsity"),
    "volleyball": ("Volleyball", "sport", "volleyball", "varsity"),
    "golf": ("Golf", "sport", "golf", "varsity"),
    "robotics": ("Robotics Club", "club", "", ""),
    "swim": ("Swim and Dive", "sport", "swimming", "varsity"),
    "debate": ("Debate Society", "club", "", ""),
    "cheer": ("Cheer", "sport", "cheer", "varsity"),
    "yearbook": ("Yearbook", "activity", "", ""),
    "jv-soccer": ("JV Soccer", "sport", "soccer", "jv"),
    "tennis": ("Tennis", "sport", "tennis", "varsity"),
    "wrestling": ("Wrestling", "sport", "wrestling", "varsity"),
    "indoor-track": ("Indoor Track", "sport", "track", "varsity"),
    "bowling": ("Bowling", "sport", "bowling", "varsity"),
    "chess": ("Chess Club", "club", "", ""),
    "drama": ("Drama", "activity", "", ""),
    "math-olympiad": ("Math Olympiad", "activity", "", ""),
    "lacrosse": ("Lacrosse", "sport", "lacrosse", "varsity"),
    "newspaper": ("Student Newspaper", "activity", "", ""),
}
"""Team key -> name, kind, sport, level."""
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "đ": "d", "Đ": "D", "'": "", " ": ""}
)


def plain(name: str) -> str:
    """Return ``name`` as an address would spell it: lower-case ASCII, hyphens kept."""
    folded = unicodedata.normalize("NFKD", name.translate(_UNDECOMPOSED))
    return folded.encode("ascii", "ignore").decode().lower()
