"""The form in which a court's transcript is filled in: a plain text with a place for each recording."""

from collections.abc import Sequence

from dispatch_server.archive.exports.content import Facts
from dispatch_server.archive.exports.data_sheet import moment
from dispatch_server.archive.exports.manifest import Heading


def transcript(heading: Heading, facts: Sequence[Facts]) -> bytes:
    lines = [
        "视听资料文字稿",
        "",
        f"资料包编号：{heading.export}",
        f"接收方：{heading.recipient}",
        "整理人：________________    整理日期：________________    核对人：________________",
        "",
        "说明：时间以录像所标北京时间为准；听不清处记“（听不清）”；不得概括改写当事人原话。",
    ]
    for number, one in enumerate(facts, 1):
        lines += [
            "",
            f"{number}. 录像 {one.card.id}（终端 {one.card.source}）",
            f"   {moment(one.from_utc_us)} 至 {moment(one.to_utc_us)}",
            "   时间            说话人            内容",
            "   ____________    ____________    ________________________________________",
        ]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()  # so that Windows' editor knows it for UTF-8
