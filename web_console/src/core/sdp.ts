// The few cuts in SDP that an ICE restart by PATCH needs (RFC 8840, RFC 9725 section 4.3.3).

export interface IceCredentials {
  readonly ufrag: string
  readonly pwd: string
}

function lines(sdp: string): string[] {
  return sdp.split(/\r?\n/).filter((line) => line !== '')
}

function first(all: readonly string[], prefix: string): string | null {
  const line = all.find((each) => each.startsWith(prefix))
  return line === undefined ? null : line.slice(prefix.length)
}

export function iceCredentials(sdp: string): IceCredentials | null {
  const all = lines(sdp)
  const ufrag = first(all, 'a=ice-ufrag:')
  const pwd = first(all, 'a=ice-pwd:')
  return ufrag && pwd ? { ufrag, pwd } : null
}

/** The `application/trickle-ice-sdpfrag` body of a restart: credentials, the first section's mid, its candidates. */
export function restartFragment(offer: string): string {
  const all = lines(offer)
  const credentials = iceCredentials(offer)
  const media = all.find((line) => line.startsWith('m='))
  const mid = first(all, 'a=mid:')
  if (!credentials || !media || mid === null) throw new Error('an offer without ICE credentials or media')
  const candidates = new Set(all.filter((line) => line.startsWith('a=candidate:')))
  return joined([
    `a=ice-ufrag:${credentials.ufrag}`,
    `a=ice-pwd:${credentials.pwd}`,
    ...all.filter((line) => line.startsWith('a=ice-options:')).slice(0, 1),
    media,
    `a=mid:${mid}`,
    ...candidates,
    'a=end-of-candidates',
  ])
}

/** The old answer with the server's new credentials and, when it names some, its new candidates. */
export function restartedAnswer(answer: string, fragment: string): string {
  const fresh = iceCredentials(fragment)
  if (!fresh) throw new Error('a restart answer without ICE credentials')
  const candidates = [...new Set(lines(fragment).filter((line) => line.startsWith('a=candidate:')))]
  const kept: string[] = []
  for (const line of lines(answer)) {
    if (line.startsWith('a=ice-ufrag:')) kept.push(`a=ice-ufrag:${fresh.ufrag}`)
    else if (line.startsWith('a=ice-pwd:')) kept.push(`a=ice-pwd:${fresh.pwd}`, ...candidates)
    else if (candidates.length > 0 && line.startsWith('a=candidate:')) continue
    else kept.push(line)
  }
  return joined(kept)
}

function joined(all: readonly string[]): string {
  return all.join('\r\n') + '\r\n'
}
