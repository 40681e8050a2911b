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
rules-note = They allow it. The checker that your kiosk named when you paired signed that. This page did not work it out again.
capture = Taken just now
capture-value = as number { $counter } of the kiosk’s chip
key = Key of who asks
exactly = Exactly

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
unverified-own = So nothing was signed. Try again, or leave it as it is.
unlocked-title = You may try again
unlocked-body = The kiosk lets you stand before it once more.

lie-title = This does not fit together
lie-body = What the kiosk asks is not what it says, or is not for you, or not of now. Nothing was signed. Tell whoever runs it.
lie-part = Which part
refused-title = The kiosk says no
refused-body = Nothing of what you wanted was done.
own-words = In its own words
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

history = What happened before
history-none = Nothing yet. Here stands only what was asked and done on this phone.
told-signed = You signed
told-declined = You said no
told-lapsed = The time was over
told-lie = It did not fit together
told-paired = You paired this phone
told-taken = You took an approval back
told-complained = You complained
told-erased = The kiosk erased what it kept of you
told-reverted = You ended a recovery

devices = My phones
device-own = This is the one in your hand.
device-until = until { $time }
device-ended = removed on { $time }
device-end = Remove
ending-title = Remove “{ $label }”?
ending-body = The kiosk lets it in no more, at once. It cannot be taken back; it can be paired again.
ending-own = It is the phone in your hand. The kiosk lets it in no more, at once. It can be paired again.
unlock = Let me try again at the kiosk

works = My works
works-none = Nothing of yours was approved here.
works-since = Allowed since
works-until = Allowed until
works-taken = Taken back
works-complaints = Complaints
taking = Take it back
taking-title = Take “{ $title }” back?
taking-body = From now on nobody may rely on this approval. It cannot be undone; it can be asked for again.
taken-title = Taken back
taken-body = It is signed and in the kiosk’s log. Whoever asks for the approval is told.
complaining = Complain
complaining-title = What is wrong with this use of “{ $title }”?
complaining-body = Your words are signed, and everybody who asks for this request reads them. A complaint alone ends nothing.
complaining-go = Sign and send
field-words = Your words
complained-title = Your complaint is there
complained-body = It is signed and in the kiosk’s log.

template = What the kiosk keeps of me
template-since = Since
template-body = Your face and your voice as numbers, locked to the kiosk’s chip. No picture and no recording.
template-none = This kiosk keeps nothing of you.
template-renew = To renew it, enrol again at the kiosk with this phone. The new one takes the place of the old one.
erasing = Erase it
erasing-title = Erase what the kiosk keeps of you?
erasing-body = You cannot approve at this kiosk any more until you enrol again. The kiosk signs a receipt.
erased-title = Erased
erased-body = The kiosk signed that it erased it. This phone keeps the receipt.
erased-receipt = Number of the receipt
save = Save the receipt
receipts = Receipts that this phone keeps

keys = My keys
keys-none = Nothing was ever said of your keys. The one that you enrolled with does everything.
keys-approving = Keys that sign for you
keys-admins = Keys that say which keys you have
keys-agents = Helpers, if all is lost
keys-needed = { $count } of { $all } are needed
keys-nobody = Nobody
keys-told = What was said of them
key-set = Your keys were set
key-accept = A key was accepted
key-recover = A helper asks for new keys for you
key-support = Another helper wants the same
key-revert = A recovery was ended
key-other = Something that this page does not know
key-by = Signed with
key-own = the one in this phone
key-then = Keys that would sign for you then
key-wants = Helpers who want it
key-of = { $count } of the { $needed } that it takes
key-holds = It holds from
key-open = It holds seven days after enough helpers want it. If you did not ask for it, end it.
revert = End this recovery
reverted-title = Ended
reverted-body = The recovery is over. Your keys stay as they are.
