"""Recordings of Windows hosts as one timeline: all begin at once, and hosts and accounts of each are its own. Each event says in `rec` which recording it is of.

    interleave.py FOLDER OUT.ndjson
"""
import datetime
import json
import pathlib
import re
import subprocess
import sys

TIME = re.compile(r'^(\d{4}-\d\d-\d\d)([ T])(\d\d:\d\d:\d\d)(\.\d+)?(Z?)$')
BEGIN = datetime.datetime(2024, 1, 1)
# Names that are the same on every machine, and say nobody.
COMMON = {'system', 'local service', 'network service', 'anonymous logon', 'administrators', 'users', 'guests', 'everyone', 'none', 'localsystem', 'n/a', 'not_translated'}


def lines_of(path):
    text = subprocess.run(['zstd', '-dc', path], check=True, capture_output=True).stdout.decode('utf-8', 'replace')
    return [line for line in text.split('\n') if line.strip()]


def time_of(text):
    match = TIME.match(text)
    return match and datetime.datetime.fromisoformat(match[1] + ' ' + match[3])


def own_names(lines):
    names = set()
    for line in lines:
        event = json.loads(line)
        for key in ('Hostname', 'Computer', 'host'):
            if isinstance(event.get(key), str):
                names.add(event[key].split('.')[0])
        for key in ('SubjectUserName', 'TargetUserName', 'AccountName', 'User'):
            if isinstance(event.get(key), str):
                names.add(event[key].split('\\')[-1].rstrip('$'))
    return {name for name in names if len(name) > 2 and name.lower() not in COMMON and not re.match(r'(DWM|UMFD)-\d|S-1-', name)}


def shifted(event, by):
    for key, value in event.items():
        match = isinstance(value, str) and TIME.match(value)
        if match:
            time = datetime.datetime.fromisoformat(match[1] + ' ' + match[3]) + by
            event[key] = time.strftime('%Y-%m-%d') + match[2] + time.strftime('%H:%M:%S') + (match[4] or '') + match[5]
    return event


def main(folder, out):
    rows = []
    for number, path in enumerate(sorted(pathlib.Path(folder).glob('*.ndjson.zst'))):
        lines = lines_of(path)
        by = BEGIN - min(time_of(json.loads(line)['@timestamp']) for line in lines)
        names = sorted(map(re.escape, own_names(lines)), key=len, reverse=True)
        pattern = re.compile(r'(?<![A-Za-z0-9_])(' + '|'.join(names) + r')(?![A-Za-z0-9_])', re.I)
        for index, line in enumerate(lines):
            event = shifted(json.loads(pattern.sub(lambda match: f'{match[1]}r{number}', line)), by)
            event['rec'] = number
            rows.append((event['@timestamp'], number, index, event))
    rows.sort(key=lambda row: row[:3])
    with open(out, 'w') as file:
        for row in rows:
            file.write(json.dumps(row[3]) + '\n')


main(*sys.argv[1:])
