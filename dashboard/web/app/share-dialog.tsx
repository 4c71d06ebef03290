import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import { useIsFetching, useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import { useState } from 'react'
import type { ShareLink } from '../api/types.ts'
import { Field } from '../auth/field.tsx'
import { FormFailure } from '../auth/form-failure.tsx'
import { useForm } from '../auth/use-form.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { tk } from '../texts/kept.ts'
import { t } from '../texts/t.ts'
import { pinnedSearch, searchToSave } from '../url/reports.ts'
import { questionsOf } from './collect-questions.ts'
import { useApp } from './context.ts'
import { formatRange } from './range-bar.tsx'
import { useKeptChanged, useKeptPath } from './use-kept.ts'
import { useRange } from './use-search.ts'

const dayMs = 86_400_000
const lives = [7, 30, 90, 365]
const usualLife = 30

type Props = { report: string; onClose: () => void }

/** Makes a link to the page as it shows, and tells it once. */
export function ShareDialog({ report, onClose }: Props) {
  const [link, setLink] = useState<string>()
  return (
    <Dialog open onClose={onClose} aria-labelledby="share-title" maxWidth="xs" fullWidth>
      <DialogTitle id="share-title">{tk('share.title')}</DialogTitle>
      {link === undefined ? (
        <ShareForm report={report} onClose={onClose} onMade={setLink} />
      ) : (
        <>
          <DialogContent className="form">
            <p className="lead" role="status">
              {tk('share.made')}
            </p>
            <input
              className="select"
              aria-label={tk('share.link')}
              value={link}
              readOnly
              onFocus={(e) => e.target.select()}
            />
          </DialogContent>
          <DialogActions>
            <CopyButton text={link} name={tk('share.link')} />
            <Button variant="contained" onClick={onClose}>
              {tk('share.done')}
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}

function ShareForm({ report, onClose, onMade }: Props & { onMade: (link: string) => void }) {
  const { api } = useApp()
  const client = useQueryClient()
  const path = useKeptPath('shares')
  const changed = useKeptChanged()
  const { search } = useLocation()
  const range = useRange()
  const [isMovable, setMovable] = useState(false)
  // What is not there yet would be missing in the link.
  const isLoading = useIsFetching({ predicate: ({ state }) => state.status === 'pending' }) > 0
  const { isBusy, failure, onSubmit } = useForm(async ({ password, days }) => {
    if (search.view === 'dictionary') throw new Error(tk('share.list'))
    const shown = client.getQueryCache().findAll({ type: 'active' })
    const queries = questionsOf(shown.filter(({ state }) => state.status === 'success').map(({ queryKey }) => queryKey))
    if (queries.length === 0) throw new Error(tk('share.none'))
    const body = {
      report,
      queries,
      search: isMovable ? searchToSave({ ...search, tz: range.timeZone }) : pinnedSearch(search, range),
      range: isMovable ? 'movable' : 'fixed',
      expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString(),
      ...(password && { password }),
    }
    const { link } = await api.send<ShareLink & { link: string }>('POST', path, body)
    await changed()
    onMade(link)
  })
  return (
    <form onSubmit={onSubmit}>
      <DialogContent className="form">
        <p className="quiet lead">{tk('share.lead')}</p>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset draws a frame. */}
        <div className="segments" role="group" aria-label={tk('share.time')}>
          <button type="button" aria-pressed={!isMovable} onClick={() => setMovable(false)}>
            {tk('share.fixed', { range: formatRange(range) })}
          </button>
          <button type="button" aria-pressed={isMovable} onClick={() => setMovable(true)}>
            {tk('share.movable')}
          </button>
        </div>
        <label className="field">
          {tk('share.ends')}
          <select className="select" name="days" defaultValue={usualLife}>
            {lives.map((count) => (
              <option key={count} value={count}>
                {tk('share.days', { count })}
              </option>
            ))}
          </select>
        </label>
        <Field
          label={tk('share.password')}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={6}
          required={false}
        />
        <FormFailure text={failure?.message} />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>{t('filter.cancel')}</Button>
        <Button type="submit" variant="contained" disabled={isBusy || isLoading}>
          {tk('share.make')}
        </Button>
      </DialogActions>
    </form>
  )
}
