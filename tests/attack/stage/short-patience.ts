// Preloaded into the client (`node --import`): its limits of time pass 300 times as fast.
const patient = AbortSignal.timeout.bind(AbortSignal);

AbortSignal.timeout = (milliseconds) => patient(milliseconds / 300);
