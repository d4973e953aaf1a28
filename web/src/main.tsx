import { render } from 'preact';
import { App } from './shell/app.js';
import './shell/theme.css';

render(<App />, document.querySelector('#page')!);
