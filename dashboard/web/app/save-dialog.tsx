import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import { useLocation } from '@tanstack/react-router'
import { useState } from 'react'
import type { SavedReport } from '../api/types.ts'
import { Field } from '../auth/field.tsx'
import { FormFailure } from '../auth/form-failure.tsx'
import { useForm } from '../auth/use-form.ts'
import { QueryState } from '../parts/query-state.tsx'
import { tk } from '../texts/kept.ts'
import { t } from '../texts/t.ts'
import { searchToSave } from '../url/reports.ts'
import { useApp } from './context.ts'
import { useKeptChanged, useKeptPath, useMayChange, useReports } from './use-kept.ts'
import { useSetSearch, useUrlText } from './use-search.ts'

/** Saves the page as it is: as a new report, or over the one it was opened by. */
export function SaveDialog({ onClose }: { onClose: () => void }) {
  const reports = useReports()
  const [id] = useUrlText('report')
  const mayChange = useMayChange()
  return (
    <Dialog open onClose={onClose} aria-labelledby="save-title" maxWidth="xs" fullWidth>
      <DialogTitle id="save-title">{tk('save.title')}</DialogTitle>
      <QueryState query={reports}>
        {(list) => (
          <SaveForm opened={list.find((each) => each.id === id && mayChange(each.madeBy))} onClose={onClose} />
        )}
      </QueryState>
    </Dialog>
  )
}

function SaveForm({ opened, onClose }: { opened: SavedReport | undefined; onClose: () => void }) {
  const { api } = useApp()
  const { pathname, search } = useLocation()
  const path = useKeptPath('reports')
  const setSearch = useSetSearch()
  const changed = useKeptChanged()
  const [isOver, setOver] = useState(opened !== undefined)
  const { isBusy, failure, onSubmit } = useForm(async (values) => {
    const body = { ...values, page: pathname, search: searchToSave(search) }
    const { id } =
      opened && isOver
        ? await api.send<SavedReport>('PATCH', `${path}/${opened.id}`, body)
        : await api.send<SavedReport>('POST', path, body)
    await changed()
    setSearch({ report: id, dialog: undefined }, { replace: true })
  })
  return (
    <form onSubmit={onSubmit}>
      <DialogContent className="form">
        <p className="quiet lead">{tk('save.lead')}</p>
        {opened && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset draws a frame.
          <div className="segments" role="group" aria-label={tk('save.how')}>
            <button type="button" aria-pressed={isOver} onClick={() => setOver(true)}>
              {tk('save.over', { name: opened.name })}
            </button>
            <button type="button" aria-pressed={!isOver} onClick={() => setOver(false)}>
              {tk('save.new')}
            </button>
          </div>
        )}
        <Field
          key={`name ${isOver}`}
          label={tk('save.name')}
          name="name"
          autoComplete="off"
          maxLength={100}
          autoFocus
          {...(opened && isOver && { defaultValue: opened.name })}
        />
        <Field
          key={`description ${isOver}`}
          label={tk('save.description')}
          name="description"
          autoComplete="off"
          maxLength={500}
          required={false}
          {...(opened && isOver && { defaultValue: opened.description })}
        />
        <FormFailure text={failure?.message} />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('filter.cancel')}</Button>
        <Button type="submit" variant="contained" disabled={isBusy}>
          {t('save.button')}
        </Button>
      </DialogActions>
    </form>
  )
}
