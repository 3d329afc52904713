"""Says how confidences moved with verdicts, and fails if weights do not add up, a range does not hold its confidence, a rule that was right did not rise or one that was benign did not fall, or the list is not in the order of loss.

    check.py ALERTS VERDICTS BEFORE AFTER FIRST INCIDENTS
"""
import collections
import json
import math
import sys


def rows(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


alerts, verdicts, before, after, first, incidents = (rows(path) for path in sys.argv[1:])
rule_of = {alert['id']: alert['rule']['id'] for alert in alerts}
judged = {verdict['alert']: verdict['verdict'] for verdict in verdicts}
judged_rules = {rule_of[alert]: verdict for alert, verdict in judged.items()}
assert len(before) == len(after) == len(alerts)
for row in before + after:
    assert sum(item['weight'] for item in row['evidence']) + row['base'] == row['score'], row
    assert 0 < row['low'] <= row['confidence'] <= row['high'] < 1, row
    assert all(item['why'] for item in row['evidence'])
for row in before:
    assert row['calibration'] == 0 and math.isclose(row['confidence'], 1 / (1 + math.exp(-row['score'])), rel_tol=1e-12)
assert {row['calibration'] for row in first} == {1} and after[0]['calibration'] > 1


def record(row):
    """What the rule's own record weighs. The rest of a score moves with the rules near it."""
    return sum(item['weight'] for item in row['evidence'] if item['name'] in ('record', 'here'))


was = {row['alert']: row for row in before}
moved = collections.defaultdict(list)
for row in after:
    assert row['verdict'] == judged.get(row['alert'], 'none')
    moved[judged_rules.get(rule_of[row['alert']], 'none')].append((record(row) - record(was[row['alert']]), row['score'] - was[row['alert']]['score']))
for verdict, moves in sorted(moved.items()):
    own, all_of_it = (sum(column) / len(moves) for column in zip(*moves))
    print(f'{verdict:14} {len(moves):5} alerts: the record moved by {own:+.2f}, the score by {all_of_it:+.2f} log-odds on the mean')
assert all(own == 0 for own, _ in moved['none'])
assert all(own >= 0 for own, _ in moved['true_positive']) and any(own > 0 for own, _ in moved['true_positive'])
assert all(own <= 0 for own, _ in moved['benign']) and any(own < 0 for own, _ in moved['benign'])
losses = [incident['loss'] for incident in incidents]
assert losses == sorted(losses, reverse=True)
for incident in incidents:
    assert math.isclose(sum(item['weight'] for item in incident['evidence']), math.log(incident['confidence'] / (1 - incident['confidence'])), abs_tol=1e-6)
    surest = max(alert['confidence'] for alert in incident['alerts'])
    assert incident['surest']['confidence'] == surest <= incident['confidence'] + 1e-12
    assert sum(incident['verdicts'].values()) == incident['alert_count']
print(f'{len(incidents)} incidents; confidence, loss and level of the first:', *(f"{incident['confidence']:.2f} {incident['loss']:.2f} {incident['level']}" for incident in incidents[:5]), sep='\n  ')
