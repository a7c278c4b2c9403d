/** The name and version of the server, as its identification has them. */
export const SOFTWARE = 'Orrery_0.1';
