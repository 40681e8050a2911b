"""A second verifier of approvals, small, from the documents alone: attest/README.md, attest/cddl/, attest/src/limits.rs's
figures, and the standards that they name. It shares no code with the product.

    verify.py TRUST_POLICY SECONDS APPROVAL …

Checks encodings, signatures, the log, revisions, epochs, stakes, certificates, tokens, public inputs, quorum and times
at UTC SECONDS. It does not judge the proof itself (Groth16), the owner's rules (Cedar), scores, gates and prompts, nor
witnesses; what shows withdrawals it refuses. Development keys are taken, as the policies of tests need it. Prints a line of JSON for each file: `file`,
`ok`, `why`.
"""

import json
import sys
import tomllib

from log import checkpoint, places
from signed import Refused, canonical, check, demand, envelope, field31, payload_of, sha256, signed

SKEW, SESSION_MS, HOUR, DAY = 300, 60_000, 3600, 86_400
PURPOSE = "tag:wetsign.example,2026:eat/capture/1"
CLAIMS = {10, 256, 259, 261, 262, 263, 265, 267, 270, 271, 273, *range(-65543, -65536)}


def objects(bundle, policy):
    """Everything in the file, read and its signatures checked: fields by id, and what the log has to hold."""
    parties = policy.get("relying_parties", [])
    logged, parts = {}, {}

    def take(name, data, kind):
        fields, one = signed(data, kind, parties)
        demand(one not in logged, f"a {kind} is there twice")
        logged[one] = kind, data
        parts.setdefault(name, {})[one] = fields

    take("body", bundle[1], "wetsign/approval/1")
    take("request", bundle[2], "wetsign/request/1")
    for data in bundle[3]:
        take("descriptors", data, "wetsign/asset/1")
    for data in bundle[4]:
        take("rules", data, "wetsign/rules/1")
    take("verdict", bundle[5], "wetsign/verdict/1")
    for data in bundle[6]:
        take("cosignatures", data, "wetsign/cosignature/1")
    for data in bundle[7]:
        one, epoch = endorsed(data)
        demand(one not in logged, "an epoch is there twice")
        logged[one] = "wetsign/epoch/1", data
        parts.setdefault("epochs", {})[one] = epoch
    return parts, logged


def endorsed(data):
    """An epoch: id, and fields with those who signed under None."""
    pairs = canonical(data, "an epoch")
    demand(isinstance(pairs, list) and 1 <= len(pairs) <= 16, "an epoch without signatures")
    keys, payloads = [key for key, _ in pairs], set()
    for key, sealed in pairs:
        found = envelope(sealed, "an epoch")
        check(found, key, b"wetsign/epoch/1", "an epoch")
        payloads.add(found[2])
    demand(len(payloads) == 1 and keys == sorted(set(keys)), "an epoch's signatures are over other payloads, or twice")
    payload = payloads.pop()
    return sha256(payload), {**payload_of(payload, "wetsign/epoch/1"), None: keys}


def named(bundle, parts):
    """The body names what is here, and nothing else is."""
    (body,), (request,), (verdict,) = (parts[name].values() for name in ("body", "request", "verdict"))
    assets = request[1]
    demand(body[1] in parts["request"] and body[4] in parts["verdict"], "the body names another request or verdict")
    demand(body[5] == sorted(parts["cosignatures"]), "the body names other co-signatures")
    demand(assets == sorted(set(assets)) and len(body[2]) == len(body[3]) == len(assets), "assets and revisions differ")
    demand(all(one in parts["descriptors"] for one in body[2]), "a descriptor is not here")
    demand(all(one in parts["rules"] for one in body[3]), "a rules revision is not here")
    demand(all(fields.get(2, one) in assets for one, fields in parts["descriptors"].items()), "a foreign descriptor")
    demand(all(fields[1] in assets for fields in parts["rules"].values()), "foreign rules")
    under = {one[8] for one in parts["cosignatures"].values()}
    demand(under <= set(parts["epochs"]) and body[6] in under, "the body names another epoch")
    newest = max(under, key=lambda one: parts["epochs"][one][1])
    demand(body[6] == newest, "the body does not name the newest epoch")
    snapshots = {sha256(data): payload_of(data, "wetsign/stakes/1") for data in bundle[8]}
    wanted = {epoch[7] for epoch in parts["epochs"].values()}
    demand(set(snapshots) == wanted and len(snapshots) == len(bundle[8]), "other stake snapshots than the epochs'")
    used = {one[4][3] for one in parts["cosignatures"].values()}
    demand({sha256(key) for key in bundle[9]} == used and len(used) == len(bundle[9]), "other verifying keys")
    return body, request, verdict, snapshots


def times(body, request, verdict, cosignatures, now):
    stamps = [one[11] for one in cosignatures]
    demand(request[8] <= verdict[3] + SKEW and verdict[3] <= min(stamps) + SKEW, "request, verdict, people: no order")
    demand(max(stamps) <= body[8] + SKEW and max(body[8], *stamps) <= request[9], "approved late, or too late")
    days = request[4].get(7)
    demand(request[9] - request[8] <= 30 * DAY and (days is None or 1 <= days <= 3660), "it waits or lasts too long")
    demand(body[8] - verdict[3] <= DAY + SKEW, "the verdict is too old")
    demand(max(request[8], verdict[3], body[8], *stamps) <= now + SKEW, "it comes from the future")
    demand(now <= body[8] + (days or 30) * DAY, "it has lapsed")


def revisions(parts, body, request, verdict, place):
    """For each asset the descriptor and the rules in force, each at the end of a whole chain."""
    one, judged = next(iter(parts["body"])), next(iter(parts["verdict"]))
    found = []
    for number, asset in enumerate(request[1]):
        descriptors = sorted((f[1], i) for i, f in parts["descriptors"].items() if f.get(2, i) == asset)
        rules = sorted((f[2], i) for i, f in parts["rules"].items() if f[1] == asset)
        before = None
        for count, (revision, i) in enumerate(descriptors, 1):
            fields = parts["descriptors"][i]
            demand(revision == count and fields.get(3) == before, "a descriptor does not follow the one before")
            owner = parts["descriptors"][before][8] if before else fields[9]
            demand(fields[9] == owner, "a descriptor is not signed by the owner before it")
            before = i
        before = None
        for count, (revision, i) in enumerate(rules, 1):
            fields = parts["rules"][i]
            demand(revision == count and fields.get(3) == before, "rules do not follow the ones before")
            above = [d for _, d in descriptors if place[d] < place[i]]
            demand(above, "rules without a descriptor before them")
            until = body[8] if i == rules[-1][1] else None
            demand(entitled(parts["descriptors"][above[-1]], fields[4], until), "rules by somebody who may not")
            before = i
        force = [[i for _, i in chain if place[i] < place[one]] for chain in (descriptors, rules)]
        demand(all(force) and [force[0][-1], force[1][-1]] == [body[2][number], body[3][number]], "not in force")
        demand(all(place[chain[-1]] < place[judged] for chain in force), "the verdict came before the rules")
        found.append((parts["descriptors"][force[0][-1]], parts["rules"][force[1][-1]]))
    demand(verdict[1] in parts["request"] and [v[1] for v in verdict[4]] == request[1], "a verdict of something else")
    for said, descriptor, rule in zip(verdict[4], body[2], body[3]):
        demand(said[2] == descriptor and said[3] == rule, "a verdict by other rules")
        demand(said[6] == 1 and not said[8], "the verdict does not permit")
    return found


def asked(request, verdict):
    """Whoever judged knew what was asked: of a transfer who owns the asset next, of a use nothing of the kind."""
    owner = request.get(11)
    wanted = {"action": "transfer", "context.new_owner": owner[1].hex()} if owner else {}
    for said in verdict[4]:
        inputs = {one[1]: one[2] for one in said[4] if one[1] in ("action", "context.new_owner")}
        demand(inputs == {name: [3, [text]] for name, text in wanted.items()}, "the verdict is on something else")


def entitled(descriptor, signer, until):
    agents = [agent for agent in descriptor[10] if agent[1] == signer and 1 in agent[2]]
    return descriptor[8] == signer or any(until is None or until <= agent[4] for agent in agents)


def epochs(parts, snapshots, place, policy):
    registrars = {bytes.fromhex(key) for key in policy["registrars"]}
    before = None
    for one, epoch in sorted(parts["epochs"].items(), key=lambda item: item[1][1]):
        demand(len(registrars & set(epoch[None])) >= max(1, policy["registrars_needed"]), "too few registrars")
        demand(epoch.get(11) == policy["log"]["origin"], "an epoch of another log")
        if before:
            demand(epoch.get(4) == before[0] and epoch[1] == before[1][1] + 1, "epochs are not chained")
        before = one, epoch
    revoked = {leaf[2] for epoch in parts["epochs"].values() for leaf in epoch[5]}
    least = max(1, int(policy["minimum_stake"]))
    for one, own in parts["cosignatures"].items():
        epoch, here = parts["epochs"][own[8]], place[one]
        newest = max(e[1] for e in parts["epochs"].values() if e[8] <= here) if epoch[8] <= here else None
        demand(newest is not None and newest <= epoch[1] + 1, "the epoch was not in force")
        demand(epoch[9] - SKEW <= own[11] <= epoch[9] + 2 * HOUR + SKEW, "the epoch's time is over")
        demand(own[9] not in revoked, "the validator is revoked")
        snapshot = snapshots[epoch[7]]
        stakes = {stake[1]: int.from_bytes(stake[2], "big") for stake in snapshot[2]}
        demand(snapshot[1] == epoch[1] and stakes.get(own[9], 0) >= least, "too little at stake")


def capture(own, parts, validators, snapshots, policy):
    """The secure element's word on one capture: its token's claims, and the report."""
    device, provisioner = canonical(own[6], "a certificate chain")
    device, _ = signed(device, "wetsign/device/1")
    provisioner, _ = signed(provisioner, "wetsign/provisioner/1")
    roots = {bytes.fromhex(root) for root in policy["roots"]}
    demand(device[8] == provisioner[1] and device[4] in provisioner[3], "no certificate of this provisioner's")
    demand(provisioner[6] in roots and provisioner[1] not in roots, "a root that nobody trusts")
    demand(device[6] <= own[11] <= device[7] and provisioner[4] <= own[11] <= provisioner[5], "a certificate is over")
    holders = {stake[1] for snapshot in snapshots.values() for stake in snapshot[2] if stake[2]} | set(validators)
    demand(not {provisioner[1], provisioner[6]} & holders, "who vouches has a stake")
    token = envelope(own[5], "a token")
    check(token, device[1], b"", "a token")
    claims = canonical(token[2], "claims")
    demand(set(claims) == CLAIMS and claims[265] == PURPOSE, "another set of claims")
    report = payload_of(own[7], "wetsign/report/1")
    handle = own[9] if len(own[9]) == 32 else sha256(own[9])
    demand(claims[10] == sha256(own[1], own[2], handle, report[3]), "a nonce of another session")
    demand(claims[-65538] == sha256(own[7]) and claims[-65539] == report[11], "another report or manifest")
    same = (claims[256], claims[259], claims[-65543]) == (device[3], device[4].encode(), device[5])
    demand(same, "a token of another device")
    [[form, coswid]] = claims[273]
    algorithm, firmware = canonical(coswid, "a CoSWID")[3][17][7]
    demand(form == 258 and algorithm == 1 and firmware.hex() in policy["firmware"], "firmware that nobody trusts")
    locked = claims[-65543] != 0 or (claims[262] and claims[263] != 0)
    demand(locked and claims[-65541] == 0, "debugged, or the case was opened")
    demand(report[12] <= claims[-65542] <= SESSION_MS, "the session took too long")
    demand(abs(own[11] - report[13]) <= SKEW + SESSION_MS // 1000, "the report is of another time")
    revoked = {kiosk for epoch in parts["epochs"].values() for kiosk in epoch[6]}
    demand(claims[256] not in revoked, "the kiosk is revoked")
    simulated = claims[-65543] == 2 or report.get(1, [2])[0] != 1
    demand(not simulated or policy.get("accept_simulated"), "a recording, or a program for an element")
    emulated = claims[-65543] == 1
    demand(not emulated or policy.get("accept_simulated") or policy.get("accept_emulated"), "an emulated element")
    return claims, report


def proof(own, claims, report, epoch, found, policy):
    """The nine public inputs, made again; the proof itself is not judged."""
    _, inputs, key = own[4][1], own[4][2], own[4][3]
    demand(key.hex() in policy["verifying_keys"], "a verifying key that the policy does not name")
    chains = [[d[11][1], d[11][2]] for d, _ in found if 11 in d]
    signal = ["wetsign/signal/2", policy["log"]["origin"], own[2], 1, claims[256], report[3], own[8], chains]
    expected = {0: epoch[2], 2: claims[-65537], 3: b"\0" + own[1][:31], 4: field31(signal), 5: report[10]}
    expected[6] = field31(own[9])
    demand(all(inputs[place] == value for place, value in expected.items()), "a public input is not what it should be")
    demand(all(report[10] in rules[11] for _, rules in found), "a model that the rules do not allow")
    for place, rule, floor in ((7, 9, "minimum_tau_face"), (8, 10, "minimum_tau_voice")):
        least = max([rules[rule] for _, rules in found] + [policy.get(floor) or 0])
        demand(int.from_bytes(inputs[place], "big") >= least, "a threshold is too low")


def quorum(parts, body, request, found, taken, policy):
    people = list(parts["cosignatures"].values())
    for what, seen in (
        ("validators", [own[9] for own in people]),
        ("nullifiers", [own[4][2][1] for own in people]),
        ("captures", [(claims[256], claims[-65540]) for claims, _ in taken]),
    ):
        demand(len(set(seen)) == len(seen), f"{what} are not distinct")
    kinds = {1: policy.get("accept_kiosk_custody"), 3: True, 4: policy.get("accept_simulated")}
    kinds[2] = policy.get("accept_phone_custody") or kinds[1]
    for own in people:
        demand(kinds[own[10]] and (own[10] in (3, 4)) == (len(own[9]) == 33), "a key where the policy takes none")
        demand(own[1] == body[1] and own[2] == body[4] and own[3] == 1, "a co-signature of something else")
    stamps = [own[11] for own in people] + [body[8]]
    for _, rules in found:
        demand(rules[8][1] <= len(people), "too few people")
        demand(max(stamps) - min(stamps) <= rules[8][3], "they approved too far apart")
    owners = {key for d, _ in found for key in [d[8], *(agent[1] for agent in d[10])]}
    paid = {payee[1].lower().removeprefix("0x") for d, _ in found for payee in d[12]}
    if not policy.get("accept_shared_roles"):
        demand(all(o[9] not in owners | {request[2]} and o[9].hex() not in paid for o in people), "roles are shared")
        demand(request[2] not in owners and request[2].hex() not in paid, "the requester owns or is paid")


def verify(data, policy, now):
    """Returns how many approved, or raises."""
    bundle = payload_of(data, "wetsign/bundle/1")
    demand(12 not in bundle, "it shows withdrawals, which this verifier does not judge")
    parts, logged = objects(bundle, policy)
    body, request, verdict, snapshots = named(bundle, parts)
    times(body, request, verdict, parts["cosignatures"].values(), now)
    place = places(bundle[10], logged, checkpoint(bundle[11], policy["log"]))
    order = [place[next(iter(parts[name]))] for name in ("request", "verdict", "body")]
    demand(order[0] < order[1] < order[2], "request, verdict, approval: no order in the log")
    for one, own in parts["cosignatures"].items():
        demand(order[1] < place[one] < order[2] and place[own[8]] < place[one], "a co-signature out of order")
    found = revisions(parts, body, request, verdict, place)
    asked(request, verdict)
    epochs(parts, snapshots, place, policy)
    validators = [own[9] for own in parts["cosignatures"].values()]
    taken = []
    for own in parts["cosignatures"].values():
        claims, report = capture(own, parts, validators, snapshots, policy)
        proof(own, claims, report, parts["epochs"][own[8]], found, policy)
        taken.append((claims, report))
    quorum(parts, body, request, found, taken, policy)
    return len(validators)


def answer(data, policy, now):
    try:
        return True, f"{verify(data, policy, now)} people approved"
    except Refused as why:
        return False, str(why)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, StopIteration) as error:
        return False, f"it has another shape: {type(error).__name__} {error}"


def main(policy, now, *files):
    with open(policy, "rb") as file:
        trusted = tomllib.load(file)
    good = True
    for name in files:
        with open(name, "rb") as file:
            ok, why = answer(file.read(), trusted, int(now))
        good = good and ok
        print(json.dumps({"file": name, "ok": ok, "why": why}))
    return 0 if good else 2


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
