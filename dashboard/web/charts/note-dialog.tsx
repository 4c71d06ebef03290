import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import IconButton from '@mui/material/IconButton'
import { useState } from 'react'
import type { Note } from '../api/types.ts'
import { useApp } from '../app/context.ts'
import { useKeptChanged, useKeptPath, useMayChange, useNotes } from '../app/use-kept.ts'
import { Field } from '../auth/field.tsx'
import { FormFailure } from '../auth/form-failure.tsx'
import { useForm } from '../auth/use-form.ts'
import { Icon } from '../parts/icon.tsx'
import { makerName } from '../parts/people.ts'
import { formatTime } from '../texts/format.ts'
import { tk } from '../texts/kept.ts'
import { t } from '../texts/t.ts'
import { dateIn, isDate } from '../url/zone.ts'
import { noteTime } from './marks.ts'

interface Props {
  starts: readonly number[]
  timeZone: string
  onClose: () => void
}

/** Asks for a note on a day, and lists those that there are in the chart's time. */
export function NoteDialog({ starts, timeZone, onClose }: Props) {
  const { api } = useApp()
  const path = useKeptPath('annotations')
  const changed = useKeptChanged()
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    await api.send('POST', path, values)
    await changed()
    onClose()
  })
  const today = dateIn(Date.now(), timeZone)
  return (
    <Dialog open onClose={onClose} aria-labelledby="note-title" maxWidth="xs" fullWidth>
      <form onSubmit={onSubmit}>
        <DialogTitle id="note-title">{tk('note.title')}</DialogTitle>
        <DialogContent className="form">
          <p className="quiet lead">{tk('note.lead')}</p>
          <label className="field">
            {tk('note.day')}
            <input type="date" name="when" className="date" defaultValue={today} required />
          </label>
          <Field label={tk('note.text')} name="text" autoComplete="off" maxLength={200} autoFocus />
          <FormFailure text={failure?.message} />
          <NoteList since={starts[0] ?? 0} timeZone={timeZone} />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>{t('filter.cancel')}</Button>
          <Button type="submit" variant="contained" disabled={isBusy}>
            {t('note.add')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

function NoteList({ since, timeZone }: { since: number; timeZone: string }) {
  const { api } = useApp()
  const path = useKeptPath('annotations')
  const changed = useKeptChanged()
  const mayChange = useMayChange()
  const [error, setError] = useState('')
  const notes = (useNotes().data ?? []).filter((note) => noteTime(note, timeZone) >= since)
  const remove = async ({ id }: Note) => {
    await api.send('DELETE', `${path}/${id}`).catch((failed: Error) => setError(failed.message))
    await changed()
  }
  return (
    <>
      <FormFailure text={error} />
      <ul className="plain-list" aria-label={tk('note.list')}>
        {notes.map((note) => (
          <li key={note.id} className="note">
            <span className="quiet nowrap">
              {formatTime(note.when, isDate(note.when) ? 'date' : 'moment', isDate(note.when) ? 'UTC' : timeZone)}
            </span>
            <span title={makerName(note.madeBy)}>{note.text}</span>
            {mayChange(note.madeBy) && (
              <IconButton size="small" aria-label={tk('note.delete', { text: note.text })} onClick={() => remove(note)}>
                <Icon name="remove" size={16} />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
