"""What people are reached by, as many countries write it: addresses on the net, accounts, telephone numbers.

Each pattern marks what it matches, or only its group `who` where it has one.
"""

import re

# Possessive, and never begun in the middle: no text makes it slow.
_MAILBOX = r"(?<![A-Za-zÀ-ɏ0-9_.+-])[A-Za-zÀ-ɏ0-9_.+-]++"
_PLACES = (
    "instagram|insta|facebook|twitter|tiktok|snapchat|linkedin|skype|telegram|wechat|weixin|whatsapp|viber|微信号?|微博"
)
_DOMAINS = "com|org|net|edu|gov|info|health|de|at|ch|es|mx|fr|it|uk|cn|ru|pl|cz|br"
CONTACTS = (
    re.compile(rf"{_MAILBOX}@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?<![\w.+-])[A-Za-z][\w.+-]{2,63}+@[A-Za-z]{2}[\w-]{0,62}"),
    re.compile(
        rf"{_MAILBOX}\s?[\[(]at[\])]\s?[\w-]+(?:\s?(?:\.|[\[(](?:dot|punkt|punto)[\])])\s?[\w-]+)+", re.IGNORECASE
    ),
    re.compile(r"(?<![\w.+-])[\w.+-]{2,64}+ at [\w-]{1,63} (?:dot|punkt|punto) [a-z]{2,10}\b", re.IGNORECASE),
    re.compile(r"(?:(?:https?|ftp)://|\bwww\.)[^\s㐀-鿿。、]+(?<![.,;:!?)])", re.IGNORECASE),
    re.compile(
        rf"(?<![\w.@-])[A-Za-z][\w-]{{1,62}}+(?:\.[\w-]{{1,63}}+){{0,3}}?\.(?:(?:{_DOMAINS})/[^\s㐀-鿿。、]*[^\s㐀-鿿。、.,;:!?)]"
        r"|(?:com|org|net|edu)(?![\w.-]))",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w.@])@[A-Za-z_][\w.]{2,30}\w"),
    re.compile(
        rf"(?<![^\W\d_])(?:{_PLACES})(?:[ -]?(?:id|name|handle|account|user))?\s*[:：=]\s*"
        r"(?P<who>[A-Za-z_@][^\s,;。，]{2,60})",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![^\W\d_])(?:{_PLACES}|ig)[ :]+(?P<who>@?[A-Za-z.]{{0,30}}[\d_][\w.]{{2,30}})", re.IGNORECASE),
    re.compile(r"(?<![\d.])\d{2,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])"),
    re.compile(r"(?<![\w.,/-])0\d(?:\.\d\d){4}(?![\d.])"),  # between points these would be dates
)
_REST = r"\d[\d ./()-]{4,16}\d(?!\w)"
TELEPHONES = (
    re.compile(
        r"(?<![\w.])(?:(?:\+\d{1,3}|8(?= ?\())[ ./-]?(?:\(\d{1,5}\)[ ./-]?)?|\(0?\d{2,5}\)[ ./-]?"
        rf"|0\d{{1,4}}[ ./-]){_REST}"
    ),
    re.compile(r"(?<![\w.])\d{3}[-. ]\d{3}[-. ]\d{4}(?!\w)|(?<!\d)1[3-9]\d{9}(?!\d)"),
    re.compile(r"(?<![\w.-])(?:1[3-9]\d|0\d{2,3})[- ]\d{4}[- ]\d{4}(?![\w-])"),
    re.compile(r"(?<![\w.-])(?:8[ -]?)?(?:\(\d{3,5}\)|\d{3,5})[ -]\d{1,3}-\d\d-\d\d(?![\w-])"),
    re.compile(r"(?<![\w.,/-])(?<![\dx×] )(?:[679]\d\d \d{3} \d{3}|[679]\d \d{3} \d\d \d\d)(?![\w-]| ?[x×\d]|[.,/]\d)"),
)
