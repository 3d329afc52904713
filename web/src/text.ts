// Numbers, sizes and times as people read them. Times come as RFC 3339 in UTC and are shown in UTC, as the command line does: two people in an
// incident must mean the same minute.

export function numberText(value: number): string {
  return value.toLocaleString('en-US');
}

export function bytesText(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (value >= 1000 && unit + 1 < units.length) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function durationText(seconds: number): string {
  if (seconds < 1) return '< 1 s';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** How a source's clock stands to ours, in words; less than five minutes is nothing to worry about. */
export function clockText(skew: number | null | undefined): string {
  if (skew === null || skew === undefined) return 'not known yet';
  if (Math.abs(skew) < 300) return 'right';
  return skew > 0 ? `${durationText(skew)} ahead` : `${durationText(-skew)} behind`;
}

/// "2026-03-01 12:00:03"; what is no time comes back as it is.
export function timeText(time: string | null | undefined): string {
  if (time === null || time === undefined || time === '') return 'never';
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(time);
  return parts === null ? time : `${parts[1]} ${parts[2]}`;
}

export function agoText(time: string | null | undefined, now: number): string {
  const at = Date.parse(time ?? '');
  if (Number.isNaN(at)) return 'never';
  return now - at < 1000 ? 'now' : `${durationText((now - at) / 1000)} ago`;
}

/// A value of an event in one line of text, however deep it is.
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/// 0.9954 is "99.5 %"; what is next to none or to certain is not rounded to it.
export function percentText(share: number): string {
  const percent = 100 * share;
  if (percent > 99.9 && share < 1) return '> 99.9 %';
  if (percent < 0.1 && share > 0) return '< 0.1 %';
  return `${percent >= 99 || percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/// "in_progress" is "in progress".
export function wordText(word: string): string {
  return word.replaceAll('_', ' ');
}

/// What somebody did to an incident, behind who did it.
export function actText(act: { act: string; to?: string; status?: string; verdict?: string; alert_count?: number; other?: string; of?: number; value?: number; model?: string; name?: string }): string {
  const count = act.alert_count ?? 0;
  const alerts = `${numberText(count)} ${count === 1 ? 'alert' : 'alerts'}`;
  const other = (act.other ?? '').slice(0, 12);
  switch (act.act) {
    case 'status':
      return act.status === 'closed' ? `closed it: ${wordText(act.verdict ?? '')}` : `made it ${wordText(act.status ?? '')}`;
    case 'assign':
      return act.to === '' || act.to === undefined ? 'gave it to nobody' : `gave it to ${act.to}`;
    case 'comment':
      return 'wrote';
    case 'task':
      return 'asked for';
    case 'done':
      return `did task ${act.of}`;
    case 'verdict':
      return act.verdict === 'none' ? `took the verdict on ${alerts} away` : `called ${alerts} ${wordText(act.verdict ?? '')}`;
    case 'merge':
      return `merged ${other} into it (${alerts})`;
    case 'split':
      return `split ${alerts} off as ${other}`;
    case 'move':
      return `moved ${alerts} to ${other}`;
    case 'undo':
      return `took act ${act.of} back`;
    case 'attach':
      return `attached ${act.name}`;
    case 'detach':
      return `removed the content of attachment ${act.of}`;
    case 'confidence':
      return `sees its confidence as ${percentText(act.value ?? 0)}`;
    case 'model':
      return `has the words of the model ${act.model} (nobody has checked them; it suggests ${act.verdict === undefined ? 'no verdict' : wordText(act.verdict)})`;
    case 'calibration':
      return (act.value ?? -1) < 0 ? 'chose the newest calibration' : act.value === 0 ? 'chose no calibration' : `chose calibration ${act.value}`;
    default:
      return act.act;
  }
}
