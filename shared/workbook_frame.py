"""What stands around the rows of a workbook that we write: parts, styles, widths, the titles in view. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TITLES_STAY = (
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
_NARROW, _WIDE = 8, 48
_FONT = '<sz val="11"/><name val="Calibri"/>'


def parts(title: str) -> dict[str, str]:
    """What stands around the sheet."""
    return {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{DOC}/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOC}"><bookViews><workbookView/></bookViews>'
        f'<sheets><sheet name="{escape(title)}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{DOC}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{DOC}/styles" Target="styles.xml"/>'
        f"</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">'
        f'<fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
        # Two fills, the second one this: what a spreadsheet takes for granted, and some readers refuse to do without.
        f'<fills count="2"><fill><patternFill patternType="none"/></fill>'
        f'<fill><patternFill patternType="gray125"/></fill></fills>'
        f'<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        f'<cellXfs count="4"><xf/><xf numFmtId="22" applyNumberFormat="1"/><xf numFmtId="14" applyNumberFormat="1"/>'
        f'<xf fontId="1" applyFont="1"/></cellXfs>'
        f'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    }


def columns(rows: Iterable[Iterable[int]]) -> str:
    """How wide each column is, by the lengths in characters of what stands in it."""
    widest: dict[int, int] = {}
    for row in rows:
        for number, length in enumerate(row, start=1):
            widest[number] = max(widest.get(number, _NARROW), min(length + 2, _WIDE))
    each = (f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in widest.items())
    return f"<cols>{''.join(each)}</cols>" if widest else ""
