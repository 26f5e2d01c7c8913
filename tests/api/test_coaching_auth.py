"""Signing up and in to coaching, tokens, who is calling (coaching contract, sections 1, 2 and 3)."""
from coaching import account, sign_up


def test_somebody_signs_up_and_is_known(api):
    who = account(api, display_name="Ada")
    assert who.name == "Ada"
    assert sign_up(api, email=who.email).status == 400


def test_two_people_are_a_couple(api):
    from coaching import couple
    two = couple(api)
    assert api.get("/v1/relationships", token=two.ben.token).json() == [{"id": two.id, "type": "romantic", "status": "active"}]
