/** A request to SQS, as far as its bill goes. */
export interface CountedRequest {
  /** Such as `SendMessageBatch`. */
  action: string
  /** Of a batch; 0 for others. */
  entries: number
  /** Bytes of messages in the request and in its answer. */
  messageBytes: number
}

export interface Bill {
  requests: number
  sends: number
  receives: number
  /** What SQS bills: each request once, and once more for each further 64 KiB of messages in it. */
  units: number
  /** Messages sent. */
  messages: number
  sentBytes: number
}

const bytesPerUnit = 64 * 1024

export function addUp(requests: readonly CountedRequest[]): Bill {
  const bill: Bill = { requests: 0, sends: 0, receives: 0, units: 0, messages: 0, sentBytes: 0 }
  for (const { action, entries, messageBytes } of requests) {
    bill.requests++
    bill.units += Math.max(1, Math.ceil(messageBytes / bytesPerUnit))
    if (action === 'ReceiveMessage') bill.receives++
    if (action !== 'SendMessageBatch') continue
    bill.sends++
    bill.messages += entries
    bill.sentBytes += messageBytes
  }
  return bill
}
