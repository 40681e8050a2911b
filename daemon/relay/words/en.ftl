# What a person reads on their own phone, in plain words. One thought a sentence; nobody is hurried, nobody is blamed.
# The page reads a part of Fluent: one line a message, placeables by name, and one choice by plural form.

language = Language
back = Back
again = Try again
more = More
yes = Yes
no = No

unable-title = This browser cannot sign
unable-body = Passkeys are needed, on a page with a certificate. Open this page in a newer browser.

pair-title = Pair this phone
pair-body = The kiosk shows a picture. Take it with this phone’s camera, and open what it leads to. Or write its text here.
pair-read = The picture was read. Give this phone a name by which you know it again.
field-invitation = The picture’s text
field-label = What you call this phone
pair-go = Pair

making-title = One moment
making-body = Your phone may ask for your finger, your face or your code. It makes a passkey that stays with you.

digits-title = Are these the same?
digits-body = Look at the kiosk. If it shows other digits, somebody is in between.
digits-same = They are the same
digits-differ = They differ

kiosk-title = Now say yes at the kiosk
kiosk-body = The kiosk asks whether both show the same digits.

signing-title = Your phone asks for you
signing-body = Show your finger or your face, or write your code.

waiting-title = Nothing is asked of you
waiting-body = Keep this page open while you are at the kiosk. What it asks appears here.
away-title = The kiosk is not there
away-body = This page goes on trying. See whether this phone and the kiosk have a network.

asked-title = Do you allow this?
asked-code = The kiosk has to show the same digits. If it does not, say no.
asked-left = { $form ->
    [one] { $count } second left
   *[other] { $count } seconds left
}
who = Who asks
who-known = The kiosk knows them.
who-unknown = The kiosk does not know them. The name is their own word.
contact = To reach them
what = What of yours
purpose = For what
text = What is to be said or made
held = It is held elsewhere; nobody here has read it
days = How long
days-value = { $form ->
    [one] { $count } day
   *[other] { $count } days
}
fee = Fee
fee-value = { $amount } heart
rules = What the owner’s rules say
rules-note = They allow it. The kiosk’s checker says so, and signed it. This page did not work it out again.
capture = Taken just now
capture-value = as number { $counter } of the kiosk’s chip
key = Key of who asks

consent-title = Do you agree to this?

signed-title = Signed
signed-body = The kiosk has your signature.
paired-title = Paired
paired-body = This phone signs for you at this kiosk for 90 days. Keep this page open while you enrol.
declined-title = You said no
declined-body = Nothing was signed for them.
lapsed-title = The time is over
lapsed-body = Nothing was signed. The kiosk can ask again.
unverified-title = Your phone did not know you
unverified-body = So nothing was signed. Try again while the kiosk waits; after that begin again there.
unlocked-title = You may try again
unlocked-body = The kiosk lets you stand before it once more.

lie-title = This does not fit together
lie-body = What the kiosk asks is not what it says, or is not for you, or not of now. Nothing was signed. Tell whoever runs it.
refused-title = The kiosk says no
unpaired-title = This phone is not let in
unpaired-body = Its pairing is over, or was ended. Pair it again at the kiosk.
pair-again = Pair again

trouble-title = That did not work
trouble-none = This is not the text of the picture.
trouble-elsewhere = The picture leads to another page than this one. Open it with this phone’s camera.
trouble-late = The picture is over after a minute. Begin again at the kiosk.
trouble-between = Somebody may be in between. Nobody is paired. Begin again at the kiosk, and let nobody else see the picture.
trouble-clock = The clocks of kiosk and phone differ by more than two minutes. Set the one that is wrong.
trouble-away = The kiosk did not answer. Begin again.

history = What was asked before
history-none = Nothing yet. Only what this phone was asked stands here.
told-signed = You signed
told-declined = You said no
told-lapsed = The time was over
told-lie = It did not fit together
told-paired = You paired this phone

devices = My phones
device-own = This is the one in your hand.
device-until = until { $time }
device-ended = ended on { $time }
device-end = End it
ending-title = End { $label }?
ending-body = The kiosk lets it in no more, at once. It cannot be taken back; it can be paired again.
unlock = Let me try again
