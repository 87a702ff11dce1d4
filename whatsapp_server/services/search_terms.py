"""What a conversation is found by: words of the customer's name, and any run of digits of the number, by prefix and so by index."""

import re
import unicodedata

MAX_TERMS = 40


def folded(text: str) -> str:
    """`text` without case or accents: "João" and "joao" are the same."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def terms(name: str, number: str | None) -> list[str]:
    """The stored terms: each tail of the number's digits (a prefix of a tail is any run of digits), and each word of the name."""
    digits = re.sub(r"[^0-9]", "", number or "")
    tails = [digits[start:] for start in range(len(digits))]
    # The number first: a customer chooses their own name, and one of forty words must not hide it.
    return list(dict.fromkeys([*tails, *re.findall(r"\w+", folded(name))]))[:MAX_TERMS]


def query(text: str) -> list[dict[str, object]]:
    """The conditions, all of which a found conversation meets: every word typed starts a term; a number may be typed with signs."""
    compact = re.sub(r"[\s()+.\-]", "", text)
    words = [compact] if compact.isascii() and compact.isdigit() else re.findall(r"\w+", folded(text))
    return [{"search": {"$regex": f"^{re.escape(word)}"}} for word in words]
