/** A style sheet that a page brings with it. The build makes a file of it. */
declare module '*.css';
