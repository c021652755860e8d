"""The sheets of a workbook and their columns, by Chinese heading and by key; which words stand for which values."""

from dataclasses import dataclass
from enum import StrEnum

CLOSED = "已撤销"
YES = "是"


class Holds(StrEnum):
    TEXT = "text"
    DAY = "day"
    FLAG = "flag"
    WORDS = "words"  # several, with 、 between them


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    heading: str
    holds: Holds = Holds.TEXT
    width: int = 16


SHEETS: dict[str, tuple[str, tuple[Column, ...]]] = {
    "departments": (
        "部门",
        (
            Column("path", "部门编码"),
            Column("name", "名称", width=32),
            Column("name_en", "英文名称", width=40),
            Column("kind", "类型"),
            Column("closed", CLOSED, Holds.FLAG),
        ),
    ),
    "officers": (
        "执法人员",
        (
            Column("certificate", "执法证号", width=24),
            Column("name", "姓名"),
            Column("department", "部门编码"),
            Column("valid_from", "证件有效期起", Holds.DAY),
            Column("expires_on", "证件有效期至", Holds.DAY),
            Column("withdrawn_on", "证件收回日期", Holds.DAY),
            Column("person", "平台账号"),
            Column("closed", CLOSED, Holds.FLAG),
        ),
    ),
    "items": (
        "执法事项",
        (
            Column("code", "事项编码"),
            Column("name", "事项名称", width=48),
            Column("kind", "类型"),
            Column("department", "主管部门编码"),
            Column("question_types", "可求助问题", Holds.WORDS, 32),
            Column("closed", CLOSED, Holds.FLAG),
        ),
    ),
    "basis": (
        "法律依据",
        (
            Column("item", "事项编码"),
            Column("law", "法律法规", width=40),
            Column("article", "条款"),
            Column("text", "条文", width=60),
        ),
    ),
    "tiers": (
        "裁量阶次",
        (
            Column("item", "事项编码"),
            Column("circumstance", "情节", width=40),
            Column("tier", "阶次"),
            Column("range", "幅度", width=40),
        ),
    ),
    "delegations": (
        "下放清单",
        (
            Column("item", "事项编码"),
            Column("from", "下放部门编码"),
            Column("to", "承接乡镇编码"),
            Column("since", "起始日期", Holds.DAY),
            Column("until", "截止日期", Holds.DAY),
            Column("document", "文号", width=32),
            Column("closed", CLOSED, Holds.FLAG),
        ),
    ),
}
SECTION_OF = {title: section for section, (title, _) in SHEETS.items()}
CHINESE = {
    "county": "县",
    "centre": "监督中心",
    "bureau": "县直部门",
    "township": "乡镇",
    "team": "中队",
    "penalty": "处罚",
    "licensing": "许可",
    "compulsion": "强制",
    "inspection": "检查",
    "expropriation": "征收征用",
    "law_application": "法律适用",
    "discretion_benchmark": "裁量基准",
    "fact_finding": "事实认定",
    "procedure": "程序",
    "other": "其他",
}
OF_CHINESE = {word: key for key, word in CHINESE.items()}
