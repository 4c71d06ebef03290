import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useEffect, useRef, useState } from 'react'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { saveFile } from '../../parts/download.ts'
import { Icon } from '../../parts/icon.tsx'
import { formatNumber } from '../../texts/format.ts'
import { t } from '../../texts/settings.ts'

const type = 'application/x-ndjson'
const newline = 10

/** How far an export is. */
interface Standing {
  events: number
  state: 'running' | 'done' | 'stopped' | 'failed'
  reason?: string
}

/** Takes all events of the project away as a file. */
export function ExportTab() {
  const { api } = useApp()
  const project = useProject().id
  const [standing, setStanding] = useState<Standing>()
  const stop = useRef<AbortController>(undefined)
  // Who goes elsewhere waits for it no more.
  useEffect(() => () => stop.current?.abort(), [])

  const start = async (): Promise<void> => {
    const controller = new AbortController()
    stop.current = controller
    let events = 0
    setStanding({ events, state: 'running' })
    try {
      const response = await api.open('/export', { project }, { signal: controller.signal })
      const parts: Uint8Array<ArrayBuffer>[] = []
      for await (const part of response.body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
        parts.push(part)
        for (const byte of part) if (byte === newline) events++
        setStanding({ events, state: 'running' })
      }
      saveFile(`${project}-events.jsonl`, type, ...parts)
      setStanding({ events, state: 'done' })
    } catch (error) {
      const isStopped = controller.signal.aborted
      setStanding({ events, state: isStopped ? 'stopped' : 'failed', reason: (error as Error).message })
    }
  }
  const isRunning = standing?.state === 'running'
  return (
    <Paper className="panel" component="section">
      <div className="panel-head">
        <Typography variant="h2">{t('settings.tab.export')}</Typography>
      </div>
      <div className="settings-form">
        <p className="quiet">{t('export.lead')}</p>
        <div className="bar">
          <Button
            variant="contained"
            startIcon={<Icon name="download" size={16} />}
            disabled={isRunning}
            onClick={() => void start()}
          >
            {t('export.start')}
          </Button>
          {isRunning && <Button onClick={() => stop.current?.abort()}>{t('export.stop')}</Button>}
        </div>
        <div role="status">
          {standing &&
            standing.state !== 'failed' &&
            t(`export.${standing.state}`, { count: formatNumber(standing.events) })}
        </div>
        <FormFailure
          text={standing?.state === 'failed' ? t('export.failed', { reason: standing.reason ?? '' }) : undefined}
        />
      </div>
    </Paper>
  )
}
