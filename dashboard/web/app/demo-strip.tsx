import Button from '@mui/material/Button'
import { FormFailure } from '../auth/form-failure.tsx'
import { Icon } from '../parts/icon.tsx'
import { td } from '../texts/demo.ts'
import { useRemoveProject } from './use-remove-project.ts'
import { useIsAtLeast, useProject } from './use-search.ts'

/** Above every page of a demo project: what it is, and the way out of it. */
export function DemoStrip() {
  const { name } = useProject()
  const isOwner = useIsAtLeast('owner')
  const removing = useRemoveProject()
  return (
    <section className="demo-strip" aria-label={td('demo.label')}>
      <Icon name="warning" size={18} />
      <p>
        <strong>{td('demo.strip')}</strong> {td('demo.stripMore')} {!isOwner && td('demo.notOwner')}
      </p>
      {isOwner && (
        <Button variant="outlined" color="inherit" disabled={removing.isPending} onClick={() => removing.mutate(name)}>
          {td(removing.isPending ? 'demo.removing' : 'demo.remove')}
        </Button>
      )}
      {removing.isError && <FormFailure text={removing.error.message} />}
    </section>
  )
}
