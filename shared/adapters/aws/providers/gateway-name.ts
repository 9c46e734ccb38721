/** The name of a gateway is the name of its folder. @throws TypeError for a text that cannot be one. */
export function checkGatewayName(name: string): void {
  if (!/^[a-z0-9-]+$/.test(name)) throw new TypeError('The name of a gateway has lower-case letters, digits and -.');
}
