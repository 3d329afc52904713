"""Counts what tests/e2e/reports.sh has reported once more, by other means: the incidents and acts as the command line gives them, and when alerts were added from the state itself. Reads the formats by parsers of the standard library."""
import html.parser
import json
import re
import sqlite3
import sys
import uuid
from datetime import datetime


def lines(path):
    return [json.loads(line) for line in open(path)]


def seconds(text):
    return datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def near(one, other, what):
    assert (one is None) == (other is None) and (one is None or abs(one - other) < 1e-3), f'{what}: {one}, not {other}'


def by_rank(values, share):
    """The smallest value that at least `share` of all do not exceed."""
    return next((value for value in sorted(values) if sum(other <= value for other in values) >= share * len(values)), None)


def period():
    report = json.load(open('period.json'))
    incidents, acts = lines('incidents.ndjson'), lines('acts.ndjson')
    made = {id: number / 1e6 for id, number in sqlite3.connect('file:data/state.db?mode=ro', uri=True).execute('SELECT id, made FROM alerts')}
    spans = {'mttd': [], 'mtta': [], 'mttr': []}
    attacks = {'mttd': [], 'mtta': [], 'mttr': []}
    for incident in incidents:
        alerts = {alert['id'] for alert in incident['alerts']}
        detected = min(made[id] for id in alerts)
        touched = [seconds(act['time']) for act in acts if act['counts'] and act['act'] not in ('undo', 'model', 'calibration')
                   and (act.get('incident') == incident['id'] or act.get('other') == incident['id'] or act['act'] == 'verdict' and alerts & set(act.get('alerts', [])))]
        closings = [seconds(act['time']) for act in acts if act['counts'] and act.get('incident') == incident['id'] and act['act'] == 'status' and act['status'] == 'closed']
        for into in (spans, attacks) if incident['classification'] == 'true_positive' else (spans,):
            into['mttd'].append(detected - seconds(incident['first']))
            into['mtta'] += [min(touched) - detected] if touched else []
            into['mttr'] += [max(closings) - detected] if incident['status'] == 'closed' else []
    for suffix, values in (('', spans), ('_true_positives', attacks)):
        for name, found in values.items():
            said = report[name + suffix]
            found = [value for value in found if value >= 0]
            assert said['count'] == len(found), (name, said, found)
            near(said['median_seconds'], by_rank(found, 0.5), name)
            near(said['p90_seconds'], by_rank(found, 0.9), name)
    assert len(report['incidents']) == len(incidents)
    assert report['mtta']['waiting'] == len(incidents) - len(spans['mtta'])
    alerts = [alert for incident in incidents for alert in incident['alerts']]
    for level, count in report['alerts_by_level'].items():
        assert count == sum(alert['level'] == level for alert in alerts), level
    for rule in report['rules']:
        of_rule = [alert['verdict'] for alert in alerts if alert['rule'] == rule['id']]
        assert rule['alerts'] == len(of_rule) and all(rule[verdict] == of_rule.count(verdict) for verdict in ('true_positive', 'benign', 'false_positive')), rule
        assert rule['precision'] is None or len([verdict for verdict in of_rule if verdict != 'none']) >= 10
    assert {incident['id'] for incident in report['open']} == {incident['id'] for incident in incidents if incident['status'] != 'closed'}
    assert sum(report['acts'].values()) == len(acts)
    assert report['running'] and all(source['name'] for source in report['sources']) and sum(source['received'] for source in report['sources']) == 360, report['sources']
    month = json.load(open('month.json'))
    assert (month['from'], month['to'], month['incidents']) == ('2098-12-01T00:00:00.000000Z', '2099-01-01T00:00:00.000000Z', []), month
    print(f"period: {len(incidents)} incidents, MTTD {report['mttd']}, MTTA {report['mtta']}, MTTR {report['mttr']}")


class Page(html.parser.HTMLParser):
    """Every tag is one of ours, and what opens closes."""
    allowed = set('html head meta title style body main h1 h2 p b ul li dl dt dd div table thead tbody tr th td br svg text rect'.split())

    def __init__(self):
        super().__init__()
        self.open, self.text = [], ''

    def handle_starttag(self, tag, attributes):
        assert tag in self.allowed, tag
        assert not any(name.startswith('on') or name in ('src', 'href') for name, _ in attributes), attributes
        if tag not in ('meta', 'br'):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        assert tag == 'rect', tag

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


def page(path):
    parser = Page()
    parser.feed(open(path).read())
    parser.close()
    assert not parser.open, (path, parser.open)
    return parser.text


def incident(id):
    report = json.load(open('incident.json'))
    assert report['schema'] == 'tocsin.incident_report/1' and report['incident']['id'] == id
    for alert in report['alerts']:
        assert abs(alert['base'] + sum(item['weight'] for item in alert['evidence']) - alert['score']) < 1e-6, alert
    assert len(report['alerts']) == len(report['incident']['alerts']) and [file['name'] for file in report['attachments']] == ['sample.bin']
    text = page('incident.html')
    assert '<script>alert(1)</script>' in text and '\\x1b[31mred' in text and id in text
    for alert in report['incident']['alerts']:
        assert alert['id'][:12] in text
    markdown = open('incident.markdown').read()
    assert '<script' not in markdown and '\x1b' not in markdown and '[x](' not in markdown and '\n# second' not in markdown
    names = [entity['value'] for kind in ('hosts', 'accounts', 'addresses') for entity in report['incident'][kind]]
    assert names
    for format in ('json', 'html', 'markdown', 'stix', 'ocsf', 'navigator'):
        redacted = open('redacted.' + format).read()
        for name in names:
            for spelled in (name, json.dumps(name)[1:-1], name.replace('\\', '\\\\')):
                assert not re.search(r'(?<![\w-])' + re.escape(spelled) + r'(?![\w-])', redacted), (format, name)
    layer = json.load(open('incident.navigator'))
    assert {one['techniqueID'] for one in layer['techniques']} == set(report['techniques'])
    findings = lines('incident.ocsf')
    assert [one['class_uid'] for one in findings] == [2005] + [2004] * len(report['alerts'])
    return report


def stix(report):
    bundle = json.load(open('incident.stix'))
    objects = bundle['objects']
    ids = [one['id'] for one in objects]
    assert len(ids) == len(set(ids)), 'an id twice'
    for one in objects:
        kind, text = one['id'].split('--')
        assert kind == one['type'] and (kind == 'marking-definition' or uuid.UUID(text).version == 5)
        for key, value in one.items():
            for ref in value if key.endswith('_refs') else [value] if key.endswith('_ref') else []:
                assert ref in ids, (key, ref)
    space = uuid.UUID('00abedb4-aa42-466c-9c01-fed23315a9b7')
    for one in objects:
        if one['type'] in ('ipv4-addr', 'ipv6-addr'):
            assert one['id'].endswith(str(uuid.uuid5(space, json.dumps({'value': one['value']}, separators=(',', ':')))))
        if one['type'] == 'user-account':
            assert one['id'].endswith(str(uuid.uuid5(space, json.dumps({'account_login': one['account_login']}, separators=(',', ':'), ensure_ascii=False))))
    patterns = {one['name'] for one in objects if one['type'] == 'attack-pattern'}
    assert patterns == set(report['techniques'])
    assert sum(one['type'] == 'note' for one in objects) == 1


def nis2():
    draft = json.load(open('nis2.json'))
    due = {stage['stage']: stage['due'] for stage in draft['stages']}
    assert due == {'early_warning': '2026-11-25T01:00:00.000000Z', 'incident_notification': '2026-11-27T01:00:00.000000Z', 'final_report': '2027-02-28T08:00:00.000000Z'}, due
    fields = [field for stage in draft['stages'] for field in stage['fields']]
    assert all(field['known'] or field['questions'] for field in fields)
    assert {field['reference'] for field in fields} >= {'Article 23(3)', 'Article 23(4)(a)', 'Article 23(4)(b)', 'Article 23(4)(d)(i)', 'Article 23(4)(d)(ii)', 'Article 23(4)(d)(iii)', 'Article 23(4)(d)(iv)'}
    text = page('nis2.html')
    assert 'DRAFT' in text and all(question in text for field in fields for question in field['questions'])


period()
page('period.html')
page('period_redacted.html')
stix(incident(sys.argv[1]))
nis2()
