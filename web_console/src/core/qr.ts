// A QR code's modules as one path, for an SVG of `size` units that has a quiet zone.

export const quietModules = 4

export function modulesPath(modules: readonly (readonly boolean[])[]): string {
  let path = ''
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue
      const begin = x
      while (x + 1 < row.length && row[x + 1]) x++
      path += `M${begin + quietModules} ${y + quietModules}h${x - begin + 1}v1h-${x - begin + 1}z`
    }
  })
  return path
}
