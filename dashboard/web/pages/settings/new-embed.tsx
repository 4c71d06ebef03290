import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useMemo, useState } from 'react'
import { useApp } from '../../app/context.ts'
import { useReports } from '../../app/use-kept.ts'
import { useTimeZone } from '../../app/use-search.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { useForm } from '../../auth/use-form.ts'
import { Once } from '../../parts/once.tsx'
import { t } from '../../texts/settings.ts'
import { chartOf, type EmbedChart, snippetOf, usualCharts } from './embed-charts.ts'
import { readOrigins } from './origins.ts'
import { Setting } from './setting.tsx'
import { useChange, useProjectPath } from './use-settings.ts'

const dayMs = 86_400_000
const spans = [7, 30, 90, 365]
const usualSpan = 30
const lives = [30, 90, 365]
const usualLife = 365
/** As many as the server takes. */
const maxCharts = 20

interface Body {
  name: string
  origins: string[]
  expiresAt: string
  queries: object[]
}

/** Chooses charts and sites, makes a token for them, and tells the HTML to paste, once. */
export function NewEmbed() {
  const { api } = useApp()
  const path = `${useProjectPath()}/embed-tokens`
  const [made, setMade] = useState<{ name: string; snippet: string }>()
  const make = useChange((body: Body) => api.send<{ token: string }>('POST', path, body))
  const [days, setDays] = useState(usualSpan)
  const charts = useCharts(days)
  const [chosen, setChosen] = useState<readonly string[]>(['people'])
  const { isBusy, failure, onSubmit } = useForm(async ({ name = '', origins = '', life }) => {
    setMade(undefined)
    const shown = [...charts.usual, ...charts.saved].filter(({ key }) => chosen.includes(key))
    const expiresAt = new Date(Date.now() + Number(life) * dayMs).toISOString()
    const queries = shown.map(({ query }) => query)
    const { token } = await make.mutateAsync({ name, origins: readOrigins(origins), expiresAt, queries })
    setMade({ name, snippet: snippetOf(location.origin, token, shown) })
  })
  const toggle = (key: string) =>
    setChosen(chosen.includes(key) ? chosen.filter((each) => each !== key) : [...chosen, key])
  const count = [...charts.usual, ...charts.saved].filter(({ key }) => chosen.includes(key)).length
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2" sx={{ mb: 1.5 }}>
        {t('embed.new')}
      </Typography>
      <form className="settings-form" onSubmit={onSubmit}>
        <Setting name={t('embed.name')} hint={t('embed.nameHint')}>
          {(control) => (
            <input {...control} className="select" name="name" required maxLength={100} autoComplete="off" />
          )}
        </Setting>
        <Charts charts={charts} chosen={chosen} toggle={toggle} days={days} setDays={setDays} />
        <Setting name={t('embed.sites')} hint={t('embed.sitesHint')}>
          {(control) => (
            <textarea {...control} className="select area" name="origins" rows={2} required spellCheck={false} />
          )}
        </Setting>
        <Setting name={t('embed.life')} hint={t('embed.lifeHint')}>
          {(control) => (
            <select {...control} className="select" name="life" defaultValue={usualLife}>
              {lives.map((each) => (
                <option key={each} value={each}>
                  {t('embed.days', { count: each })}
                </option>
              ))}
            </select>
          )}
        </Setting>
        <FormFailure text={failure?.message} />
        <Button type="submit" variant="contained" disabled={isBusy || count === 0 || count > maxCharts}>
          {t('embed.make')}
        </Button>
      </form>
      {made && <Once name={t('embed.made', { name: made.name })} secret={made.snippet} hint={t('embed.madeHint')} />}
    </Paper>
  )
}

interface Charts {
  usual: EmbedChart[]
  saved: EmbedChart[]
}

function useCharts(days: number): Charts {
  const timeZone = useTimeZone()
  const reports = useReports()
  return useMemo(
    () => ({
      usual: usualCharts(days, timeZone),
      saved: (reports.data ?? []).flatMap((report) => chartOf(report, timeZone, Date.now()) ?? []),
    }),
    [days, timeZone, reports.data],
  )
}

function Charts(props: {
  charts: Charts
  chosen: readonly string[]
  toggle: (key: string) => void
  days: number
  setDays: (days: number) => void
}) {
  const { charts, chosen, toggle, days, setDays } = props
  const list = (items: readonly EmbedChart[]) =>
    items.map(({ key, name }) => (
      <label key={key} className="field">
        <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
        {name}
      </label>
    ))
  return (
    <>
      <fieldset className="setting chart-choices">
        <legend className="visually-hidden">{t('embed.usual')}</legend>
        <div>
          <div aria-hidden="true">
            <strong>{t('embed.usual')}</strong>
          </div>
          <label className="field small quiet">
            {t('embed.of')}
            <select className="select" value={days} onChange={({ target }) => setDays(Number(target.value))}>
              {spans.map((each) => (
                <option key={each} value={each}>
                  {t('embed.lastDays', { count: each })}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div className="chart-list">{list(charts.usual)}</div>
      </fieldset>
      <fieldset className="setting chart-choices">
        <legend className="visually-hidden">{t('embed.saved')}</legend>
        <div>
          <strong aria-hidden="true">{t('embed.saved')}</strong>
          <div className="quiet small">{t('embed.savedHint')}</div>
        </div>
        <div className="chart-list">
          {charts.saved.length > 0 ? list(charts.saved) : <span className="quiet">{t('embed.noSaved')}</span>}
        </div>
      </fieldset>
    </>
  )
}
