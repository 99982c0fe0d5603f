import {begin} from '../begin.js';
import {signIn} from '../pages/sign-in.js';

begin();
signIn();
