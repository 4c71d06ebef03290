import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'

/** A certificate of 127.0.0.1 that vouches for itself, and its key. */
export interface Certificate {
  certificateFile: string
  keyFile: string
}

/** Makes one in `folder`, with openssl. It is good for two days. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const made = { certificateFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') }
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  const files = ['-keyout', made.keyFile, '-out', made.certificateFile]
  const { code, output } = await runCommand(['openssl', 'req', ...kind, ...names, ...files], { env: process.env })
  if (code !== 0) throw new Error(`openssl made no certificate:\n${output}`)
  return made
}
