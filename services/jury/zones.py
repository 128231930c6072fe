"""Where a project takes place, a country (ISO 3166-1) or a part of one (ISO 3166-2), and who wants it there. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

CODE = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")

Place = Literal["in", "out", "unsure"]

PARTS: dict[str, str] = {
    "CN-AH": "Anhui",
    "CN-BJ": "Pékin",
    "CN-CQ": "Chongqing",
    "CN-FJ": "Fujian",
    "CN-GD": "Guangdong",
    "CN-GS": "Gansu",
    "CN-GX": "Guangxi",
    "CN-GZ": "Guizhou",
    "CN-HA": "Henan",
    "CN-HB": "Hubei",
    "CN-HE": "Hebei",
    "CN-HI": "Hainan",
    "CN-HL": "Heilongjiang",
    "CN-HN": "Hunan",
    "CN-JL": "Jilin",
    "CN-JS": "Jiangsu",
    "CN-JX": "Jiangxi",
    "CN-LN": "Liaoning",
    "CN-NM": "Mongolie-Intérieure",
    "CN-NX": "Ningxia",
    "CN-QH": "Qinghai",
    "CN-SC": "Sichuan",
    "CN-SD": "Shandong",
    "CN-SH": "Shanghai",
    "CN-SN": "Shaanxi",
    "CN-SX": "Shanxi",
    "CN-TJ": "Tianjin",
    "CN-XJ": "Xinjiang",
    "CN-XZ": "Tibet",
    "CN-YN": "Yunnan",
    "CN-ZJ": "Zhejiang",
}
"""The parts of countries that people can choose by name; any other code of ISO 3166-2 is accepted too."""


ENGLISH_PARTS = {"CN-BJ": "Beijing", "CN-NM": "Inner Mongolia"}
"""Those whose English name is another."""


def within(place: str, codes: Sequence[str]) -> Place:
    """Whether `place` lies in one of `codes`.

    A country contains its parts. A country named alone is unsure when only a part of it is wanted.
    """
    if place in codes or place.partition("-")[0] in codes:
        return "in"
    if "-" not in place and any(code.startswith(place + "-") for code in codes):
        return "unsure"
    return "out"
