import Button from '@mui/material/Button'
import { type ReactNode, useState } from 'react'
import { useApp } from '../../app/context.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { t } from '../../texts/settings.ts'
import { useChange, useProjectPath } from './use-settings.ts'

interface Revocable {
  id: string
  name: string
}

/** A button in each row of a list that ends what it is about, once that was confirmed in the dialog. */
export function useRevoke(list: string, text: string): { button: (one: Revocable) => ReactNode; dialog: ReactNode } {
  const { api } = useApp()
  const path = `${useProjectPath()}${list}`
  const [ending, setEnding] = useState<Revocable>()
  const revoke = useChange(async ({ id }: Revocable) => {
    await api.send('DELETE', `${path}/${id}`)
    setEnding(undefined)
  })
  return {
    button: (one) => (
      <Button
        color="error"
        aria-label={t('settings.do', { action: t('settings.revoke'), name: one.name })}
        onClick={() => setEnding(one)}
      >
        {t('settings.revoke')}
      </Button>
    ),
    dialog: ending && (
      <Confirm
        title={t('apiKeys.revokeTitle', { name: ending.name })}
        text={text}
        action={t('settings.revoke')}
        isBusy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate(ending)}
        onClose={() => setEnding(undefined)}
      />
    ),
  }
}
