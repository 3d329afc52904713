"""Verdicts on some alerts, in the order of time: of each third rule's alerts all are attacks, of each third benign, else none is judged; by the rule's place in order of ids.

    judge.py ALERTS.ndjson
"""
import json
import sys

with open(sys.argv[1]) as file:
    alerts = [json.loads(line) for line in file]
rules = sorted({alert['rule']['id'] for alert in alerts})
words = {rule: ('true_positive', 'benign', None)[at % 3] for at, rule in enumerate(rules)}
alerts.sort(key=lambda alert: (alert['time'] or '', alert['id']))
for at, alert in enumerate(alerts):
    if at % 2 == 0 and words[alert['rule']['id']]:
        said = f'2026-01-01T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}Z'
        print(json.dumps({'schema': 'tocsin.verdict/1', 'alert': alert['id'], 'verdict': words[alert['rule']['id']], 'why': 'a test', 'by': 'ann', 'time': said}))
