"""Titles of the HTTP statuses in Chinese and English, and the codes of those that carry no other."""

from http import HTTPStatus

_TITLES = {
    400: "请求内容有误",
    401: "需要登录或有效的令牌",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种请求方式",
    406: "没有可接受的内容形式",
    408: "请求发送超时",
    409: "当前状态不允许这样做",
    410: "已经结束",
    411: "请求缺少长度",
    412: "内容已被更新，请刷新后重试",
    413: "请求内容过大",
    415: "不支持这种内容形式",
    416: "请求的范围无效",
    421: "请求发错了服务器",
    422: "请求内容不符合要求",
    423: "正在被使用，请稍后重试",
    426: "需要升级协议",
    428: "请求缺少版本条件",
    429: "请求过于频繁",
    431: "请求头过大",
    460: "内容校验不符，请重新发送",
    500: "服务器内部错误",
    501: "不支持这项功能",
    503: "服务暂时不可用",
    507: "存储空间不足",
}

_ENGLISH = {460: "Checksum Mismatch"}  # tus 1.0: no status of HTTP

CODES = {
    400: "invalid_request",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_too_slow",
    409: "conflict",
    413: "too_large",
    415: "unsupported_content",
    416: "range_not_satisfiable",
    422: "invalid_content",
    429: "too_many_requests",
    431: "header_too_large",
    500: "internal_error",
    503: "unavailable",
}


def titles_of(status: int) -> tuple[str, str]:
    """Chinese and English."""
    english = (
        HTTPStatus(status).phrase
        if status in HTTPStatus.__members__.values()
        else _ENGLISH.get(status, f"HTTP {status}")
    )
    return _TITLES.get(status, english), english
