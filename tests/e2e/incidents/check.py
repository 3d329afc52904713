"""Says of incidents which recordings they are of, and fails if one is of two, an alert is in none or in two, or a link is missing.

    check.py EVENTS.ndjson ALERTS.ndjson INCIDENTS.ndjson
"""
import collections
import json
import sys


def rows(path):
    with open(path) as file:
        for line in file:
            yield json.loads(line)


recording_of = [event['rec'] for event in rows(sys.argv[1])]
of_alert = {}
for alert in rows(sys.argv[2]):
    events = alert.get('events') or [alert['event']]
    of_alert[alert['id']] = {recording_of[event['index']] for event in events}
per_recording = collections.Counter()
placed = collections.Counter()
mixed = incidents = 0


def parts(incident):
    """How many there are if only links hold its alerts together."""
    parent = {alert['id']: alert['id'] for alert in incident['alerts']}

    def root(alert):
        while parent[alert] != alert:
            alert = parent[alert]
        return alert

    for link in incident['links']:
        parent[root(link['alert'])] = root(link['to'])
    return len({root(alert) for alert in parent})


for incident in rows(sys.argv[3]):
    incidents += 1
    recordings = set().union(*(of_alert[alert['id']] for alert in incident['alerts']))
    if len(recordings) > 1:
        mixed += 1
        print('two recordings in one incident:', incident['id'], recordings, [link for link in incident['links'] if link['merged']])
    assert parts(incident) == 1, f"nothing says why {incident['id']} is one"
    per_recording.update(recordings)
    placed.update(alert['id'] for alert in incident['alerts'])
assert set(placed) == set(of_alert) and max(placed.values()) == 1, 'an alert is in no incident, or in two'
print(f'{len(of_alert)} alerts, {incidents} incidents: {len(of_alert) / incidents:.1f} alerts each; of two recordings: {mixed}')
print('incidents of each recording:', ' '.join(str(per_recording[number]) for number in range(max(recording_of) + 1)))
sys.exit(1 if mixed else 0)
