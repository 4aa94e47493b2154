/** The package whose status switches the endpoint on and off. */
export const websocketPackage = "open-xchange-websockets-grizzly";
