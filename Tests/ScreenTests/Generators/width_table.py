#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Sources/Screen/Generated/WidthRanges.swift from Python's unicodedata; `--check` compares with glibc's wcwidth.

    python3 Tests/ScreenTests/Generators/width_table.py > Sources/Screen/Generated/WidthRanges.swift

What a scalar is not said to be here is one column wide. Use the Python of Debian 12 (Unicode 14, like its glibc): a scalar that
the terminal's C library does not know has no width, so it is better shown as a dot than drawn in the wrong column.
"""
import ctypes
import locale
import sys
import unicodedata

# Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which unicodedata does not carry: drawn as nothing.
IGNORABLE = [
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]
# Shown, but Unicode, glibc and terminals do not agree on how wide: circled numbers, hexagrams, halves of flags, skin tones. And
# the blank of braille, which hides.
UNSTEADY = [(0x2800, 0x2800), (0x3248, 0x324F), (0x4DC0, 0x4DFF), (0x1F1E6, 0x1F1FF), (0x1F3FB, 0x1F3FF)]


def within(value, ranges):
    return any(first <= value <= last for first, last in ranges)


def kind(value):
    """single, wide, mark or hostile."""
    if 0xD800 <= value <= 0xDFFF:
        return None  # no scalar
    char = chr(value)
    category = unicodedata.category(char)
    if within(value, IGNORABLE) or within(value, UNSTEADY):
        return "hostile"
    if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return "hostile"
    # Jamo vowels and finals stand on the syllable before them; NFC has composed those of today's Korean.
    if category in ("Mn", "Me", "Mc") or 0x1161 <= value <= 0x11FF or 0xD7B0 <= value <= 0xD7FF:
        return "mark"
    if unicodedata.east_asian_width(char) in ("W", "F"):
        return "wide"
    return "single"


def ranges():
    found, start, now = [], 0, "single"
    for value in range(0x110000):
        this = kind(value)
        if this is None:
            this = now
        if this != now:
            if now != "single":
                found.append((start, value - 1, now))
            start, now = value, this
    if now != "single":
        found.append((start, 0x10FFFF, now))
    return found


def check():
    """Scalars that we let through and that the C library gives another width."""
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    libc = ctypes.CDLL(None)
    wrong = []
    for value in range(0x80, 0x110000):
        mine = {"single": 1, "wide": 2}.get(kind(value))
        if mine and libc.wcwidth(value) != mine:
            wrong.append((value, mine, libc.wcwidth(value)))
    for value, mine, theirs in wrong:
        print(f"U+{value:04X} {unicodedata.name(chr(value), '?')}: here {mine}, wcwidth {theirs}")
    print(f"{len(wrong)} differ")


if sys.argv[1:] == ["--check"]:
    check()
else:
    print("// SPDX-License-Identifier: Apache-2.0")
    print("//")
    print(f"// Generated from Unicode {unicodedata.unidata_version} by Tests/ScreenTests/Generators/width_table.py; do not edit.")
    print()
    print("/// Every run of scalars that is not plainly one column wide, in order.")
    print("let widthRanges: [WidthRange] = [")
    for first, last, name in ranges():
        print(f"    .init(0x{first:04X}, 0x{last:04X}, .{name}),")
    print("]")
    print()
    print("/// The version of Unicode that the table is made from.")
    print(f'let widthTableUnicodeVersion = "{unicodedata.unidata_version}"')
