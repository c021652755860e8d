"""The data sheet in Chinese as PDF: who, how, when, by which clocks, what it proves, and where it has gaps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import typst

from dispatch_server.archive.exports.content import Facts
from dispatch_server.archive.exports.manifest import Heading
from dispatch_server.archive.exports.model import LeftOut
from dispatch_server.archive.exports.ports import Story
from dispatch_server.archive.model import Origin
from dispatch_server.kit.errors import LocalFault

TEMPLATE = Path(__file__).with_name("data_sheet.typ")
TITLE = "视听资料数据说明"
# In order of preference, by the names that the fonts give themselves; the first that is there counts.
FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "SimSun",
)
MOST_ROWS = 400
CHINA = timezone(timedelta(hours=8), "北京时间")
_LEFT_OUT = {"open": "申请时仍在录制", "purged": "已按规定销毁"}
_COVERED = {"live": "实时回传", "backfilled": "事后补传", "missing": "缺失"}


class FontMissing(LocalFault):
    """Without it every Chinese character would be an empty box."""

    def __init__(self) -> None:
        cure = "install fonts-noto-cjk or fonts-wqy-microhei, or name a folder in exports.fonts_folder"
        super().__init__("font_missing", f"No font with Chinese characters is installed. Cure: {cure}.")


@dataclass(frozen=True, slots=True)
class SheetFacts:
    heading: Heading
    department: str  # its name
    recordings: Sequence[Facts]
    names: Sequence[str]  # of their terminals
    story: Story
    thumbprint: str
    acts: int  # in the custody log
    left_out: Sequence[LeftOut] = ()


@cache
def chinese_fonts(folder: str) -> tuple[str, ...]:
    """Families that can be used, best first. Raises FontMissing."""
    fonts = typst.Fonts(font_paths=[folder] if folder else [])
    present = set(fonts.families())
    found = tuple(name for name in FAMILIES if name in present)
    if not found:
        raise FontMissing
    return found


def moment(utc_us: int) -> str:
    """In the county's time, to the millisecond."""
    found = datetime.fromtimestamp(utc_us // 1_000_000, UTC).astimezone(CHINA)
    return f"{found:%Y-%m-%d %H:%M:%S}.{utc_us // 1000 % 1000:03}（北京时间）"


def length(us: int) -> str:
    seconds = us // 1_000_000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def watermark_of(heading: Heading) -> str:
    return f"仅供 {heading.recipient} 用于 {heading.purpose}"[:80]


def data_sheet(facts: SheetFacts, fonts_folder: str) -> bytes:
    """Blocks for a second. Raises FontMissing."""
    fonts = chinese_fonts(fonts_folder)
    data = {
        "title": TITLE,
        "export": facts.heading.export,
        "watermark": watermark_of(facts.heading),
        "fonts": [fonts[0]],
        "mono": ["DejaVu Sans Mono", fonts[0]],
        "sections": _sections(facts),
    }
    made = typst.compile(
        str(TEMPLATE),
        format="pdf",
        font_paths=[fonts_folder] if fonts_folder else [],
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.fromtimestamp(facts.heading.made_utc_us // 1_000_000, UTC),
    )
    return made


def _sections(facts: SheetFacts) -> list[dict[str, Any]]:
    gaps = [
        [facts.names[at], moment(gap.from_utc_us), length(gap.to_utc_us - gap.from_utc_us), gap.reason]
        for at, one in enumerate(facts.recordings)
        for gap in one.gaps
    ]
    problems = [f"{one.card.id}：{text}" for one in facts.recordings for text in one.problems]
    sections = [
        _pairs("一、资料包", _package_rows(facts)),
        _table("二、录像", ("终端", "来源", "起", "止", "片段"), _recording_rows(facts)),
        _pairs("三、三种时钟", _clock_rows(facts)),
        _digests("四、摘要与密钥", _digest_rows(facts)),
        _table("五、声明的中断及原因", ("终端", "起", "时长", "原因"), gaps, "录制期间没有声明中断。"),
        *_story_sections(facts.story),
    ]
    if facts.left_out:
        sections.append(_list("未包含的录像", [f"{one.recording_id}：{_LEFT_OUT[one.why]}" for one in facts.left_out]))
    if problems:
        sections.append(_list("校验发现的问题", problems))
    sections += [_list("证明与不证明", _PROVES), _list("文字稿", _TRANSCRIPT)]
    return sections


_PROVES = [
    "证明：自封存签名之时起，所列文件的每一字节未被改动，片段没有被删除、插入或调换次序。",
    "证明：封存签名由所列指纹的密钥作出；密钥指纹须与印制或公布在别处的指纹比对，否则仅证明前后一致。",
    "附有可信时间戳（RFC 3161）的录像：证明封存在该时刻之前已经完成。",
    "不证明：拍摄内容本身真实，或录制开始之前、结束之后及声明的中断期间发生的事。",
    "核验方法：解压后用浏览器打开“核验.html”，选择解压后的文件夹；全程离线。",
]
_TRANSCRIPT = ["“文字稿”文件夹内为待填写的文字稿样式，供法庭等要求提交文字说明时使用；填写后的文字稿不在签名范围之内。"]


def _package_rows(facts: SheetFacts) -> list[list[str]]:
    heading = facts.heading
    return [
        ["编号", heading.export],
        ["单位", facts.department],
        ["事由", facts.story.title or "—"],
        ["用途", heading.purpose],
        ["接收方", heading.recipient],
        ["申请人", heading.requested_by],
        ["批准人", heading.approved_by],
        ["制作时间", moment(heading.made_utc_us)],
        ["执法人员", "、".join(facts.story.officers) or "—"],
        ["制作方式", "由系统从原始文件直接打包，不转码、不剪辑；文件名由系统生成。"],
        ["保管记录", f"{facts.acts} 条，见 custody.json（每条附台账证明）"],
    ]


def _recording_rows(facts: SheetFacts) -> list[list[str]]:
    return [
        [
            f"{facts.names[at]}（{one.card.source}）",
            "终端主录像" if one.card.origin == Origin.TERMINAL else "服务器接收",
            moment(one.from_utc_us),
            moment(one.to_utc_us),
            f"{one.segments} 段 {one.fragments} 片",
        ]
        for at, one in enumerate(facts.recordings)
    ]


def _clock_rows(facts: SheetFacts) -> list[list[str]]:
    offsets = [
        f"{facts.names[at]}：快 {one.card.clock_offset_us / 1000:.0f} 毫秒"
        for at, one in enumerate(facts.recordings)
        if one.card.origin == Origin.TERMINAL
    ]
    sealed = [moment(one.seal.sealed_utc_us) for one in facts.recordings if one.seal is not None]
    stamped = sum(one.stamped for one in facts.recordings)
    return [
        ["设备时钟", "；".join(offsets[:MOST_ROWS]) or "未使用：所列录像由服务器接收时标注时间。"],
        ["服务器时钟", f"全部时间按服务器 UTC 记录；封存时间：{'；'.join(sealed[:20]) or '未封存'}"],
        ["可信时间戳", f"{stamped} 段录像附有 RFC 3161 时间戳" if stamped else "未附可信时间戳"],
    ]


def _digest_rows(facts: SheetFacts) -> list[list[str]]:
    rows = [["签名密钥指纹", facts.thumbprint]]
    for one in facts.recordings:
        rows.append([f"{one.card.source} 链头", one.chain])
        if one.seal is not None:
            rows.append(["封存密钥指纹", one.seal.key])
        if one.seal is not None and one.seal.sm3:
            rows.append(["SM3 链头", one.seal.sm3])
    return rows


def _story_sections(story: Story) -> list[dict[str, Any]]:
    covered = [
        [moment(run["from_utc_us"]), moment(run["to_utc_us"]), _COVERED.get(run["kind"], run["kind"]), run["reason"]]
        for run in story.coverage
    ]
    told = sorted((*story.steps, *story.notes), key=lambda one: int(one["utc_us"]))
    found = []
    if covered:
        found.append(_table("全程覆盖", ("起", "止", "状态", "原因"), covered))
    if told:
        found.append(_table("步骤与备注", ("时间", "内容"), [[moment(one["utc_us"]), one["text"]] for one in told]))
    return found


def _pairs(heading: str, rows: list[list[str]]) -> dict[str, Any]:
    return {"heading": heading, "kind": "pairs", "rows": rows}


def _list(heading: str, rows: list[str]) -> dict[str, Any]:
    return {"heading": heading, "kind": "list", "rows": rows[:MOST_ROWS], "after": _rest(len(rows))}


def _digests(heading: str, rows: list[list[str]]) -> dict[str, Any]:
    after = "每个文件的 SHA-256 与 SM3 摘要见 manifest.json。" + _rest(len(rows))
    return {"heading": heading, "kind": "digests", "rows": rows[:MOST_ROWS], "after": after}


def _table(heading: str, heads: tuple[str, ...], rows: list[list[str]], none: str = "") -> dict[str, Any]:
    if not rows:
        return {"heading": heading, "kind": "list", "rows": [none or "无"]}
    return {
        "heading": heading,
        "kind": "table",
        "heads": list(heads),
        "rows": rows[:MOST_ROWS],
        "after": _rest(len(rows)),
    }


def _rest(count: int) -> str:
    return f"另有 {count - MOST_ROWS} 行，见 manifest.json 与各录像的索引。" if count > MOST_ROWS else ""
