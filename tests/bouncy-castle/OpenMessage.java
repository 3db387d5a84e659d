// Opens signed and encrypted OpenPGP messages as the receiver does, on Bouncy Castle, and holds them
// against the list of AN12642 section 12. Independent of our own code: tests/interop.rs runs it.
//
// usage: java -cp CP OpenMessage.java RECIPIENT_SECRET SENDER_PUBLIC MESSAGE... [--pass P] [--out FILE]
//        [--hex] [--no-policy]
//
// Prints one "key=value" per line, then "result=OK" or "result=FAIL <reasons>"; with several messages a
// "file=" line before each and a "summary=" line at the end.
// Exit: 0 OK, 1 opens but a check failed, 2 could not be read at all, 64 usage; the worst of several.
//
// Keeps to the API of bcpg 1.60, which is what old receivers run.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

import org.bouncycastle.bcpg.*;
import org.bouncycastle.openpgp.*;
import org.bouncycastle.openpgp.bc.*;
import org.bouncycastle.openpgp.operator.bc.*;

public class OpenMessage {
    static final List<String> problems = new ArrayList<String>();

    static void kv(String k, Object v) { System.out.println(k + "=" + v); }
    static void bad(String why) { problems.add(why); }

    static String pk(int a) {
        switch (a) {
            case 1: return "RSA"; case 2: return "RSA-encrypt-only"; case 3: return "RSA-sign-only";
            case 16: return "ElGamal"; case 17: return "DSA"; case 18: return "ECDH"; case 19: return "ECDSA";
            case 20: return "ElGamal-general"; case 22: return "EdDSA"; default: return "pk" + a;
        }
    }
    static String sym(int a) {
        switch (a) {
            case 0: return "plaintext"; case 1: return "IDEA"; case 2: return "3DES"; case 3: return "CAST5";
            case 4: return "Blowfish"; case 7: return "AES128"; case 8: return "AES192"; case 9: return "AES256";
            case 10: return "Twofish"; case 11: return "Camellia128"; case 12: return "Camellia192";
            case 13: return "Camellia256"; default: return "sym" + a;
        }
    }
    static String comp(int a) {
        switch (a) { case -1: return "none(no compressed packet)"; case 0: return "Uncompressed"; case 1: return "ZIP";
            case 2: return "ZLIB"; case 3: return "BZIP2"; default: return "comp" + a; }
    }
    static String hash(int a) {
        switch (a) {
            case 1: return "MD5"; case 2: return "SHA1"; case 3: return "RIPEMD160"; case 8: return "SHA256";
            case 9: return "SHA384"; case 10: return "SHA512"; case 11: return "SHA224"; default: return "hash" + a;
        }
    }

    static byte[] slurp(InputStream in) throws IOException {
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        byte[] buf = new byte[8192];
        int n;
        while ((n = in.read(buf)) >= 0) b.write(buf, 0, n);
        return b.toByteArray();
    }
    static byte[] load(String f) throws IOException {
        return f.equals("-") ? slurp(System.in) : Files.readAllBytes(Paths.get(f));
    }
    /** armored or binary */
    static byte[] unarmor(byte[] d) throws IOException {
        return slurp(PGPUtil.getDecoderStream(new ByteArrayInputStream(d)));
    }
    /** the same, one byte at a time: InputStream.read(byte[]) of old BC swallows a CRC error at the end */
    static byte[] unarmorStrict(byte[] d) throws IOException {
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        try {
            InputStream in = PGPUtil.getDecoderStream(new ByteArrayInputStream(d));
            int c;
            while ((c = in.read()) >= 0) b.write(c);
        } catch (IOException e) {
            kv("armor_error", e.getMessage());
            bad("armor: " + e.getMessage());
        }
        return b.toByteArray();
    }

    /** outer packets, read by hand: "tag[vN][old|new][partial]:len" */
    static void listPackets(byte[] d) {
        StringBuilder sb = new StringBuilder();
        int i = 0;
        while (i < d.length) {
            int h = d[i++] & 0xff;
            if ((h & 0x80) == 0) { sb.append(" !garbage@").append(i - 1); break; }
            boolean nf = (h & 0x40) != 0, partial = false;
            int tag = nf ? h & 0x3f : (h >> 2) & 0xf;
            int start = -1; long total = 0;
            try {
                if (nf) {
                    while (true) {
                        int l = d[i++] & 0xff; long len; boolean more = false;
                        if (l < 192) len = l;
                        else if (l < 224) len = ((l - 192) << 8) + (d[i++] & 0xff) + 192;
                        else if (l == 255) { len = ((long) (d[i] & 0xff) << 24) | ((d[i + 1] & 0xff) << 16) | ((d[i + 2] & 0xff) << 8) | (d[i + 3] & 0xff); i += 4; }
                        else { len = 1L << (l & 0x1f); more = true; partial = true; }
                        if (start < 0) start = i;
                        i += (int) len; total += len;
                        if (!more) break;
                    }
                } else {
                    int lt = h & 3; long len;
                    if (lt == 0) len = d[i++] & 0xff;
                    else if (lt == 1) { len = ((d[i] & 0xff) << 8) | (d[i + 1] & 0xff); i += 2; }
                    else if (lt == 2) { len = ((long) (d[i] & 0xff) << 24) | ((d[i + 1] & 0xff) << 16) | ((d[i + 2] & 0xff) << 8) | (d[i + 3] & 0xff); i += 4; }
                    else { len = d.length - i; partial = true; }
                    start = i; i += (int) len; total = len;
                }
            } catch (ArrayIndexOutOfBoundsException e) { sb.append(" !truncated"); break; }
            if (i > d.length) { sb.append(" !truncated"); break; }
            sb.append(' ').append(tag);
            if (tag == 1 || tag == 2 || tag == 3 || tag == 18) sb.append("v").append(d[start]);
            sb.append(nf ? "(new" : "(old").append(partial ? ",partial" : "").append("):").append(total);
        }
        kv("outer_packets", sb.toString().trim());
    }

    public static void main(String[] a) throws Exception {
        List<String> pos = new ArrayList<String>();
        String pass = "", out = null; boolean hex = false, policy = true, usage = false;
        for (int i = 0; i < a.length; i++) {
            if (a[i].equals("--pass") && i + 1 < a.length) pass = a[++i];
            else if (a[i].equals("--out") && i + 1 < a.length) out = a[++i];
            else if (a[i].equals("--hex")) hex = true;
            else if (a[i].equals("--no-policy")) policy = false;
            else if (a[i].startsWith("--")) usage = true;
            else pos.add(a[i]);
        }
        if (usage || pos.size() < 3 || (out != null && pos.size() > 3)) {
            System.err.println("usage: OpenMessage RECIPIENT_SECRET SENDER_PUBLIC MESSAGE... [--pass P] [--out FILE] [--hex] [--no-policy]");
            System.exit(64);
        }
        int worst = 0, ok = 0;
        for (int i = 2; i < pos.size(); i++) {
            problems.clear();
            if (pos.size() > 3) kv("file", pos.get(i));
            int rc = 0;
            try {
                run(pos.get(0), pos.get(1), pos.get(i), pass, out, hex, policy);
                if (!problems.isEmpty()) rc = 1;
            } catch (Throwable t) {
                Throwable c = t; while (c.getCause() != null) c = c.getCause();
                kv("exception", t.getClass().getName() + ": " + t.getMessage() + (c == t ? "" : " <- " + c.getClass().getName() + ": " + c.getMessage()));
                rc = 2;
            }
            System.out.println(rc == 0 ? "result=OK" : "result=FAIL" + (rc == 2 ? " unreadable" : "") + (problems.isEmpty() ? "" : " " + problems));
            if (rc == 0) ok++;
            worst = Math.max(worst, rc);
        }
        if (pos.size() > 3) kv("summary", ok + " ok of " + (pos.size() - 2));
        System.exit(worst);
    }

    static void run(String secF, String pubF, String msgF, String pass, String out, boolean hex, boolean policy) throws Exception {
        String jar = new File(PGPUtil.class.getProtectionDomain().getCodeSource().getLocation().getPath()).getCanonicalFile().getName();
        kv("bcpg", jar);

        PGPSecretKeyRingCollection sec = new PGPSecretKeyRingCollection(unarmor(load(secF)), new BcKeyFingerprintCalculator());
        PGPPublicKeyRingCollection pub = new PGPPublicKeyRingCollection(unarmor(load(pubF)), new BcKeyFingerprintCalculator());

        byte[] raw = load(msgF);
        String text = new String(raw, 0, Math.min(raw.length, 64), StandardCharsets.ISO_8859_1);
        kv("armored", text.startsWith("-----BEGIN PGP"));
        if (text.startsWith("-----BEGIN PGP")) {
            ArmoredInputStream ai = new ArmoredInputStream(new ByteArrayInputStream(raw));
            kv("armor_type", ai.getArmorHeaderLine());
            String[] hs = ai.getArmorHeaders();
            kv("armor_headers", hs == null ? "[]" : Arrays.toString(hs));
        }
        String all = new String(raw, StandardCharsets.ISO_8859_1).replace("\r", "");
        int begin = all.indexOf("-----BEGIN PGP "), end = all.indexOf("\n-----END PGP ");
        if (begin >= 0) {
            boolean crc = all.matches("(?s).*\\n=[A-Za-z0-9+/]{4}\\n-----END.*");
            kv("armor_crc", crc);
            if (!crc) bad("armor has no CRC line");
            if (begin > 0) bad("text before the armor");
            if (end < 0) bad("armor has no END line");
            else if (!all.substring(end + 1).trim().matches("-----END PGP [A-Z ]+-----")) bad("text after the armor");
        }
        byte[] bin = begin >= 0 ? unarmorStrict(raw) : unarmor(raw);
        kv("binary_bytes", bin.length);
        listPackets(bin);

        BcPGPObjectFactory f = new BcPGPObjectFactory(bin);
        Object o = f.nextObject();
        if (o instanceof PGPMarker) o = f.nextObject();
        if (!(o instanceof PGPEncryptedDataList)) throw new PGPException("first object is " + (o == null ? null : o.getClass().getSimpleName()) + ", not an encrypted-data list");
        PGPEncryptedDataList list = (PGPEncryptedDataList) o;
        kv("esk_count", list.size());
        PGPPublicKeyEncryptedData mine = null; PGPSecretKey key = null; int idx = -1, n = 0;
        for (Iterator it = list.getEncryptedDataObjects(); it.hasNext(); n++) {
            Object e = it.next();
            if (!(e instanceof PGPPublicKeyEncryptedData)) { kv("esk[" + n + "]", "passphrase (SKESK)"); bad("message has a passphrase recipient"); continue; }
            PGPPublicKeyEncryptedData d = (PGPPublicKeyEncryptedData) e;
            kv("esk[" + n + "]", "PKESK keyid=" + String.format("%016X", d.getKeyID()));
            if (d.getKeyID() == 0) bad("anonymous recipient (key id 0)");
            PGPSecretKey s = sec.getSecretKey(d.getKeyID());
            if (s != null && mine == null) { mine = d; key = s; idx = n; }
        }
        if (mine == null) throw new PGPException("no PKESK for the recipient key");
        if (list.size() != 1) bad("message has " + list.size() + " recipients, not 1");
        if (idx != 0) bad("recipient's PKESK is not the first");
        int pkAlg = key.getPublicKey().getAlgorithm();
        kv("pk", pk(pkAlg) + " id=" + pkAlg + " bits=" + key.getPublicKey().getBitStrength());
        if (policy && pkAlg != 1 && pkAlg != 2) bad("public-key algorithm " + pk(pkAlg));

        PGPPrivateKey priv = key.extractPrivateKey(new BcPBESecretKeyDecryptorBuilder(new BcPGPDigestCalculatorProvider()).build(pass.toCharArray()));
        BcPublicKeyDataDecryptorFactory ddf = new BcPublicKeyDataDecryptorFactory(priv);
        int symAlg = mine.getSymmetricAlgorithm(ddf);
        kv("symmetric", sym(symAlg) + " id=" + symAlg);
        if (policy && (symAlg < 7 || symAlg > 9)) bad("symmetric algorithm " + sym(symAlg));
        boolean mdc = mine.isIntegrityProtected();
        kv("integrity_packet", mdc);
        if (!mdc) bad("no integrity packet (SED)");

        InputStream clear = mine.getDataStream(ddf);
        BcPGPObjectFactory pf = new BcPGPObjectFactory(clear);
        Object m = pf.nextObject();
        int compAlg = -1;
        StringBuilder layers = new StringBuilder();
        while (m instanceof PGPCompressedData) {
            PGPCompressedData c = (PGPCompressedData) m;
            if (compAlg != -1) bad("nested compression");
            compAlg = c.getAlgorithm();
            layers.append("compressed(" + comp(compAlg) + ") ");
            pf = new BcPGPObjectFactory(c.getDataStream());
            m = pf.nextObject();
        }
        kv("compression", comp(compAlg) + " id=" + compAlg);
        if (policy && compAlg != -1 && compAlg != 0 && compAlg != 2) bad("compression " + comp(compAlg));

        PGPOnePassSignature ops = null; PGPSignature prefix = null; PGPPublicKey spk = null;
        int opsCount = 0;
        if (m instanceof PGPOnePassSignatureList) {
            PGPOnePassSignatureList l = (PGPOnePassSignatureList) m;
            opsCount = l.size();
            layers.append("one-pass-signature x" + opsCount + " ");
            if (opsCount != 1) bad(opsCount + " one-pass signatures, not 1");
            for (int i = 0; i < l.size(); i++) {
                kv("ops[" + i + "]", "keyid=" + String.format("%016X", l.get(i).getKeyID()) + " type=" + l.get(i).getSignatureType()
                    + " hash=" + hash(l.get(i).getHashAlgorithm()) + " pk=" + pk(l.get(i).getKeyAlgorithm()));
                PGPPublicKey k = pub.getPublicKey(l.get(i).getKeyID());
                if (k != null && ops == null) { ops = l.get(i); spk = k; }
            }
            m = pf.nextObject();
        } else if (m instanceof PGPSignatureList) {
            bad("old-style signature before the data, not one-pass");
            layers.append("prefix-signature ");
            m = pf.nextObject();
        }
        if (m instanceof PGPCompressedData) throw new PGPException("compressed packet inside the signed part");
        if (!(m instanceof PGPLiteralData)) throw new PGPException("expected literal data, found " + (m == null ? null : m.getClass().getSimpleName()));
        PGPLiteralData lit = (PGPLiteralData) m;
        layers.append("literal");
        kv("layers", layers.toString());
        kv("literal_format", (char) lit.getFormat());
        kv("literal_name", "\"" + lit.getFileName() + "\"");
        kv("literal_mtime", lit.getModificationTime() == null ? 0 : lit.getModificationTime().getTime() / 1000);
        if (ops != null) ops.init(new BcPGPContentVerifierBuilderProvider(), spk);
        byte[] plain = slurp(lit.getInputStream());
        if (ops != null) ops.update(plain);

        if (opsCount > 0) {
            Object so = pf.nextObject();
            if (!(so instanceof PGPSignatureList)) bad("no signature after the data");
            else {
                PGPSignatureList sl = (PGPSignatureList) so;
                kv("signature_count", sl.size());
                if (ops == null) { bad("signer key not in SENDER_PUBLIC"); kv("signature", "UNKNOWN_SIGNER"); }
                else {
                    PGPSignature s = null;
                    for (int i = 0; i < sl.size(); i++) if (sl.get(i).getKeyID() == ops.getKeyID()) s = sl.get(i);
                    if (s == null) { bad("no signature packet with the issuer key id of the one-pass packet (no Issuer Key ID subpacket?)"); s = sl.get(sl.size() - 1); }
                    kv("signer_keyid", String.format("%016X", s.getKeyID()));
                    kv("signer_pk", pk(s.getKeyAlgorithm()) + " id=" + s.getKeyAlgorithm() + " bits=" + spk.getBitStrength());
                    kv("signature_version", s.getVersion());
                    kv("signature_type", "0x" + String.format("%02x", s.getSignatureType()));
                    kv("hash", hash(s.getHashAlgorithm()) + " id=" + s.getHashAlgorithm());
                    kv("signature_time", s.getCreationTime().getTime() / 1000);
                    long expires = s.getHashedSubPackets() == null ? 0 : s.getHashedSubPackets().getSignatureExpirationTime();
                    if (expires != 0) kv("signature_expires_after_s", expires);
                    if (s.getCreationTime().getTime() > System.currentTimeMillis() + 60000) bad("signature is dated in the future");
                    if (expires != 0 && s.getCreationTime().getTime() + expires * 1000 < System.currentTimeMillis()) bad("signature has expired");
                    StringBuilder sub = new StringBuilder();
                    if (s.getHashedSubPackets() != null) for (SignatureSubpacket x : s.getHashedSubPackets().toArray()) sub.append(" h").append(x.getType());
                    if (s.getUnhashedSubPackets() != null) for (SignatureSubpacket x : s.getUnhashedSubPackets().toArray()) sub.append(" u").append(x.getType());
                    kv("signature_subpackets", sub.toString().trim());
                    if (policy && s.getHashAlgorithm() != 8) bad("hash algorithm " + hash(s.getHashAlgorithm()));
                    if (policy && s.getKeyAlgorithm() != 1 && s.getKeyAlgorithm() != 3) bad("signature algorithm " + pk(s.getKeyAlgorithm()));
                    boolean ok = ops.verify(s);
                    kv("signature", ok ? "GOOD" : "BAD");
                    if (!ok) bad("signature does not verify");
                }
            }
        } else { kv("signature", "NONE"); bad("message is not signed"); }
        Object extra = pf.nextObject();
        if (extra != null) bad("data after the signature: " + extra.getClass().getSimpleName());

        if (mdc) {
            boolean ok = mine.verify();
            kv("mdc", ok ? "GOOD" : "BAD");
            if (!ok) bad("modification detection code does not match");
        }
        kv("plaintext_bytes", plain.length);
        boolean printable = true;
        for (byte b : plain) if ((b < 0x20 && b != '\n' && b != '\r' && b != '\t') || b >= 0x7f || b < 0) printable = false;
        if (hex || !printable) {
            StringBuilder sb = new StringBuilder();
            for (byte b : plain) sb.append(String.format("%02x", b));
            kv("plaintext_hex", sb);
        } else kv("plaintext", new String(plain, StandardCharsets.US_ASCII).replace("\r", "\\r").replace("\n", "\\n"));
        if (out != null) Files.write(Paths.get(out), plain);
    }
}
