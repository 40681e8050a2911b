"""Which fields each payload has (attest/cddl/wetsign.cddl): its number, a question mark if it may be absent, its kind.

b bytes, t text, u a number from 0, l a list, m a map, f a truth value.
"""

KINDS = {"b": bytes, "t": str, "u": int, "l": list, "m": dict, "f": bool}

SHAPES = {
    "wetsign/request/1": "1l 2b 3t 4m 5l 6b 7b 8u 9u 10?b 11?m 12?m",
    "wetsign/asset/1": "1u 2?b 3?b 4u 5t 6b 7l 8b 9b 10l 11?m 12l",
    "wetsign/rules/1": "1b 2u 3?b 4b 5u 6l 7l 8m 9u 10u 11l",
    "wetsign/withdrawal/1": "1b 2?b 3?t 4b 5u",
    "wetsign/verdict/1": "1b 2b 3u 4l",
    "wetsign/cosignature/1": "1b 2b 3u 4m 5b 6b 7b 8b 9b 10u 11u",
    "wetsign/decline/1": "1b 2b 3b 4t 5u",
    "wetsign/consent/1": "1b 2b 3t 4t 5u",
    "wetsign/pairing/1": "1b 2b 3u 4t 5b 6b 7b 8u 9u",
    "wetsign/unpairing/1": "1b 2b 3t 4u",
    "wetsign/device/1": "1b 2b 3b 4t 5u 6u 7u 8b 9?b",
    "wetsign/provisioner/1": "1b 2t 3l 4u 5u 6b",
    "wetsign/report/1": "1?l 2m 3b 4u 5l 6u 7u 8l 9l 10b 11b 12u 13u 14?m 15?l",
    "wetsign/approval/1": "1b 2l 3l 4b 5l 6b 7b 8u",
    "wetsign/refusal/1": "1b 2u 3t 4?b 5b 6u",
    "wetsign/registration/1": "1b 2t 3t 4l 5b 6u 7u",
    "wetsign/erasure/1": "1b 2l 3?b 4t 5b 6f 7u 8u",
    "wetsign/epoch/1": "1u 2b 3u 4?b 5l 6l 7b 8u 9u 10f 11?t",
    "wetsign/stakes/1": "1u 2l 3?m",
    "wetsign/enrolment/1": "1b 2b 3m 4m 5m 6m 7b 8b 9u 10?m",
    "wetsign/endorsement/1": "1b 2b 3u 4f",
    "wetsign/log-record/1": "1t 2b 3l 4b",
    "wetsign/bundle/1": "1b 2b 3l 4l 5b 6l 7l 8l 9l 10l 11t 12?l",
    "wetsign/enrolment-bundle/1": "1b 2l 3b 4l 5t",
    "wetsign/withdrawal-bundle/1": "1b 2l 3l 4t",
    "wetsign/offer/1": "1b 2b 3b 4l 5l 6u 7?b",
}

# Fields that are maps of their own, where a verifier reads what stands in them.
PARTS = {
    "wetsign/request/1": {11: "1b 2?b", 12: "1u 2b 3b 4b"},
    "wetsign/stakes/1": {3: "1u 2u 3b 4u 5u 6u 7u 8u 9b 10b 11b 12l 13l"},
}

# Which field names who signs, where one key does; whether people sign it.
SIGNERS = {
    "wetsign/request/1": (2, True),
    "wetsign/asset/1": (9, True),
    "wetsign/rules/1": (4, True),
    "wetsign/withdrawal/1": (4, True),
    "wetsign/verdict/1": (2, False),
    "wetsign/cosignature/1": (9, True),
    "wetsign/decline/1": (3, True),
    "wetsign/consent/1": (1, True),
    "wetsign/pairing/1": (2, True),
    "wetsign/unpairing/1": (2, True),
    "wetsign/device/1": (8, False),
    "wetsign/provisioner/1": (6, False),
    "wetsign/approval/1": (7, False),
    "wetsign/refusal/1": (5, False),
    "wetsign/registration/1": (5, False),
    "wetsign/erasure/1": (1, False),
    "wetsign/enrolment/1": (8, False),
    "wetsign/endorsement/1": (2, False),
}


def wrong(kind, fields):
    """What a payload of this type has not as it should; nothing if all is well."""
    rest = dict(fields)
    rest.pop(0, None)
    why = misfit(SHAPES[kind], rest)
    for key, shape in PARTS.get(kind, {}).items():
        why = why or (key in rest and misfit(shape, rest[key]))
    return f"{kind} {why}" if why else None


def misfit(shape, fields):
    """What a map has not as its shape says."""
    rest = dict(fields)
    for entry in shape.split():
        key, optional, wanted = int(entry.rstrip("?btulmf")), "?" in entry, KINDS[entry[-1]]
        if key not in rest:
            if optional:
                continue
            return f"has no field {key}"
        value = rest.pop(key)
        number = wanted is int and (isinstance(value, bool) or not isinstance(value, int) or value < 0)
        if number or not isinstance(value, wanted):
            return f"has something else in field {key}"
    return "has a field that nobody knows" if rest else None
