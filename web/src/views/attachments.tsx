// The files of an incident: what is attached, the form to attach one, and the ways to save or remove it. Nothing here looks into a file.
import { useState } from 'preact/hooks';
import { call, upload } from '../api';
import { Field, Sure, Table, Trouble, useSending, When } from '../parts/parts';
import { type Attachment, type Incident, mayAs, type Person } from '../shapes';
import { bytesText } from '../text';

/// What the service takes of one (docs/formats/attachments.md): said before the way there is wasted.
const bytesMax = 64 * 1024 * 1024;

const pathOf = (incident: Incident) => `/api/v1/incidents/${encodeURIComponent(incident.id)}/attachments`;

function AttachForm({ incident, again }: { incident: Incident; again: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [comment, setComment] = useState('');
  const [round, setRound] = useState(0); // a file's field is emptied by making it anew
  const tooLarge = file !== null && file.size > bytesMax;
  const sending = useSending(async () => {
    if (file === null) return;
    const query = new URLSearchParams({ name: file.name, ...(comment === '' ? {} : { comment }) });
    await upload(`${pathOf(incident)}?${query}`, file);
    setFile(null);
    setComment('');
    setRound(round + 1);
    again();
  });
  return (
    <form class="line" onSubmit={sending.submit}>
      <label>
        Attach a file
        <input key={round} type="file" onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />
      </label>
      <Field label="What it is, where it is from" value={comment} set={setComment} wide />
      <button type="submit" disabled={file === null || tooLarge || sending.busy}>
        {sending.busy ? 'Sending …' : 'Attach'}
      </button>
      <Trouble text={tooLarge ? `It has ${bytesText(file.size)}, and ${bytesText(bytesMax)} are the most: write its hash and where it is kept into a comment.` : sending.problem} />
    </form>
  );
}

export function Attachments({ incident, person, again }: { incident: Incident; person: Person; again: () => void }) {
  const may = mayAs(person, 'analyst');
  const one = (each: Attachment) => `${pathOf(incident)}/${each.act}`;
  return (
    <>
      {(may || incident.attachments.length > 0) && <h3 id="files">Files</h3>}
      {may && <AttachForm incident={incident} again={again} />}
      {incident.attachments.length > 0 && (
        <Table
          rows={incident.attachments}
          none=""
          columns={[
            { title: 'File', kind: 'value', cell: (each) => (each.removed === null ? each.name : <s>{each.name}</s>) },
            { title: 'Size', kind: 'number', cell: (each) => bytesText(each.bytes) },
            { title: 'SHA-256', kind: 'value', cell: (each) => <code>{each.sha256}</code> },
            { title: 'When (UTC)', kind: 'when', cell: (each) => <When time={each.time} /> },
            {
              title: 'Who',
              kind: 'value',
              cell: (each) => (
                <>
                  {each.who}
                  {each.text !== undefined && <>: {each.text}</>}
                  {each.removed !== null && (
                    <div class="quiet">
                      removed by {each.removed.who}, <When time={each.removed.time} />
                      {each.removed.text !== undefined && <>: {each.removed.text}</>}
                    </div>
                  )}
                </>
              ),
            },
            {
              title: '',
              kind: 'act',
              cell: (each) =>
                each.removed === null && (
                  <>
                    {mayAs(person, 'responder') && (
                      <a href={one(each)} download={`${each.name}.quarantined`} aria-label={`Save ${each.name}; it is not opened`}>
                        Save
                      </a>
                    )}{' '}
                    {may && <Sure what="Remove" act={() => call('DELETE', one(each)).then(again)} />}
                  </>
                ),
            },
          ]}
        />
      )}
      {incident.attachments.length > 0 && <p class="quiet">Files are kept sealed and come back as NAME.quarantined: take them for what they may be. Who saves one is in the audit log.</p>}
    </>
  );
}
