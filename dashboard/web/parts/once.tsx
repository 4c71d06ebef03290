import Paper from '@mui/material/Paper'
import { CopyButton } from './copy-button.tsx'

/** A secret that is shown this once, to be copied: a line, or several that stay as they are. */
export function Once({ name, secret, hint }: { name: string; secret: string; hint: string }) {
  return (
    <Paper className="once" role="status">
      <strong>{name}</strong>
      <div className="once-row">
        {secret.includes('\n') ? <pre className="code mono">{secret}</pre> : <code className="mono">{secret}</code>}
        <CopyButton text={secret} name={name} />
      </div>
      <span className="quiet small">{hint}</span>
    </Paper>
  )
}
