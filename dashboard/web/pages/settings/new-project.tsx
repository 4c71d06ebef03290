import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { type FormEvent, useState } from 'react'
import { useApp } from '../../app/context.ts'
import { useSetSearch } from '../../app/use-search.ts'
import { FormFailure } from '../../auth/form-failure.tsx'
import { t } from '../../texts/settings.ts'
import { Setting } from './setting.tsx'
import { useChange } from './use-settings.ts'

const maxIdLength = 64

/** What a name is in addresses. */
const idOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, maxIdLength)

/** Makes a project and goes there. */
export function NewProject() {
  const { api } = useApp()
  const setSearch = useSetSearch()
  const [name, setName] = useState('')
  const [ownId, setOwnId] = useState<string>()
  const id = ownId ?? idOf(name)
  const make = useChange(() => api.send('POST', '/projects', { id, name }))
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate(undefined, { onSuccess: () => setSearch({ project: id, f: undefined }) })
  }
  return (
    <Paper className="panel" component="section">
      <Typography variant="h2">{t('newProject.title')}</Typography>
      <p className="quiet">{t('newProject.lead')}</p>
      <form className="settings-form" onSubmit={onSubmit}>
        <Setting name={t('newProject.name')} hint={t('project.nameHint')}>
          {(control) => (
            <input
              {...control}
              className="select"
              required
              maxLength={100}
              autoComplete="off"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Setting>
        <Setting name={t('newProject.id')} hint={t('newProject.idHint')}>
          {(control) => (
            <input
              {...control}
              className="select mono"
              required
              maxLength={maxIdLength}
              pattern="[a-z0-9\-]+"
              autoComplete="off"
              value={id}
              onChange={({ target }) => setOwnId(target.value)}
            />
          )}
        </Setting>
        <FormFailure text={make.error?.message} />
        <Button type="submit" variant="outlined" disabled={make.isPending}>
          {t('newProject.make')}
        </Button>
      </form>
    </Paper>
  )
}
