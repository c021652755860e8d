// The picture as it is shown, with who looks at it: what is saved at a desk is no evidence and must not pass for it.
export async function markedPicture(video: HTMLVideoElement, lines: readonly string[]): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  const pen = canvas.getContext('2d')
  if (!pen) return null
  pen.drawImage(video, 0, 0)
  const size = Math.max(14, Math.round(canvas.height / 36))
  pen.font = `${size}px sans-serif`
  pen.fillStyle = 'rgb(255 255 255 / 35%)'
  pen.shadowColor = 'rgb(0 0 0 / 60%)'
  pen.shadowBlur = 3
  for (let row = 0; row < 3; row++)
    for (let column = 0; column < 4; column++) {
      pen.save()
      pen.translate(((column + 0.2) * canvas.width) / 4, ((row + 0.5) * canvas.height) / 3)
      pen.rotate(-Math.PI / 10)
      lines.forEach((line, at) => pen.fillText(line, 0, at * size * 1.4))
      pen.restore()
    }
  return new Promise((resolve) => canvas.toBlob(resolve))
}
