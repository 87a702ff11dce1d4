"""What a customer is found by."""

from whatsapp_server.services import search_terms


def test_a_name_of_many_words_does_not_hide_the_number() -> None:
    terms = search_terms.terms(" ".join(f"w{number}" for number in range(60)), "+5511987654321")
    assert len(terms) == search_terms.MAX_TERMS
    assert {"5511987654321", "987654321", "4321"} <= set(terms)
    assert "w0" in terms
