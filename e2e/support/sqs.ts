/** A call of SQS to a server that looks at no signature, but takes the region from it. Throws what it refuses. */
export async function callSqs<T>(url: string, action: string, body: object, region = 'eu-central-1'): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/sqs/aws4_request`,
    },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${text}`)
  return JSON.parse(text) as T
}

export const queueUrlOf = async (url: string, name: string): Promise<string> =>
  (await callSqs<{ QueueUrl: string }>(url, 'GetQueueUrl', { QueueName: name })).QueueUrl
