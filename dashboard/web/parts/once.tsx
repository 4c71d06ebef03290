import Paper from '@mui/material/Paper'
import { CopyButton } from './copy-button.tsx'

/** A secret that is shown this once, to be copied. */
export function Once({ name, secret, hint }: { name: string; secret: string; hint: string }) {
  return (
    <Paper className="once" role="status">
      <strong>{name}</strong>
      <div className="once-row">
        <code className="mono">{secret}</code>
        <CopyButton text={secret} name={name} />
      </div>
      <span className="quiet small">{hint}</span>
    </Paper>
  )
}
