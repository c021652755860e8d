// What a publisher of the console offers: H.264 and Opus, the full picture and the small one as simulcast rids.

export interface CodecLike {
  readonly mimeType: string
  readonly sdpFmtpLine?: string
}

export interface EncodingPlan {
  readonly rid: string
  readonly maxBitrate: number
  readonly scaleResolutionDownBy: number
  readonly maxFramerate: number
}

const profiles = ['42e01f', '42001f', '4d001f', '640c1f']

/** H.264 with packetization-mode 1 first, in the order the server likes; repair formats stay; other pictures go. */
export function h264First<T extends CodecLike>(codecs: readonly T[]): T[] {
  const chosen = codecs
    .filter((codec) => codec.mimeType.toLowerCase() === 'video/h264' && /packetization-mode=1/.test(codec.sdpFmtpLine ?? ''))
    .sort((a, b) => rank(a) - rank(b))
  const repair = codecs.filter((codec) => /^video\/rtx$/i.test(codec.mimeType))
  return [...chosen, ...repair]
}

export function opusFirst<T extends CodecLike>(codecs: readonly T[]): T[] {
  return codecs.filter((codec) => /^audio\/opus$/i.test(codec.mimeType))
}

function rank(codec: CodecLike): number {
  const profile = /profile-level-id=([0-9a-f]{6})/i.exec(codec.sdpFmtpLine ?? '')?.[1]?.toLowerCase() ?? ''
  const at = profiles.indexOf(profile)
  return at < 0 ? profiles.length : at
}

/** The main layer keeps the camera's size; the small one is a quarter of it. */
export function simulcastPlan(mainKbps: number): EncodingPlan[] {
  return [
    { rid: 'h', maxBitrate: mainKbps * 1000, scaleResolutionDownBy: 1, maxFramerate: 25 },
    { rid: 'l', maxBitrate: 250_000, scaleResolutionDownBy: 4, maxFramerate: 15 },
  ]
}
