import {begin} from '../begin.js';
import {forgotPassword} from '../pages/forgot-password.js';

begin();
forgotPassword();
