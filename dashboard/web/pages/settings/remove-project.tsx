import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useRemoveProject } from '../../app/use-remove-project.ts'
import { useProject, useUrlText } from '../../app/use-search.ts'
import { Field } from '../../auth/field.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { td } from '../../texts/demo.ts'

/** Deletes the project, once its name was typed. */
export function RemoveProject() {
  const [dialog, setDialog] = useUrlText('dialog')
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2">{td('removal.title')}</Typography>
      <p className="quiet">{td('removal.lead')}</p>
      <Button variant="outlined" color="error" onClick={() => setDialog('delete-project')}>
        {td('removal.button')}
      </Button>
      {dialog === 'delete-project' && <RemoveDialog onClose={() => setDialog('')} />}
    </Paper>
  )
}

function RemoveDialog({ onClose }: { onClose: () => void }) {
  const project = useProject().name
  const [name, setName] = useState('')
  const removing = useRemoveProject()
  return (
    <Confirm
      title={td('removal.ask', { project })}
      text={td('removal.text')}
      action={td('removal.confirm')}
      isBusy={removing.isPending || name.trim() === ''}
      error={removing.error}
      onConfirm={() => removing.mutate(name)}
      onClose={onClose}
    >
      <ul className="consequences">
        <li>{td('removal.goes')}</li>
        <li>{td('removal.made')}</li>
        <li>{td('removal.sends')}</li>
        <li>{td('removal.stays')}</li>
      </ul>
      <div style={{ marginTop: 14 }}>
        <Field
          label={td('removal.type')}
          name="confirm"
          autoComplete="off"
          maxLength={200}
          value={name}
          onText={setName}
        />
      </div>
    </Confirm>
  )
}
