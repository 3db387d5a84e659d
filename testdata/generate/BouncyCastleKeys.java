import java.io.FileOutputStream;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Date;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.crypto.generators.RSAKeyPairGenerator;
import org.bouncycastle.crypto.params.RSAKeyGenerationParameters;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureSubpacketGenerator;
import org.bouncycastle.openpgp.operator.PGPDigestCalculator;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyEncryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.bc.BcPGPKeyPair;

/** Writes RSA-2048 signing keys as Bouncy Castle exports them: OUT PASSPHRASE. */
public class BouncyCastleKeys {
    public static void main(String[] arguments) throws Exception {
        write(Path.of(arguments[0], "bouncy-castle-sha1.sec.asc"), arguments[1], true);
        write(Path.of(arguments[0], "bouncy-castle-checksum.sec.asc"), arguments[1], false);
    }

    /** With SHA-1 over the secret part (S2K usage 254), or with a two-byte sum (255). */
    static void write(Path file, String passphrase, boolean sha1) throws Exception {
        Date made = new Date(1709294400000L);
        RSAKeyPairGenerator rsa = new RSAKeyPairGenerator();
        rsa.init(new RSAKeyGenerationParameters(BigInteger.valueOf(65537), new SecureRandom(), 2048, 100));
        BcPGPKeyPair pair = new BcPGPKeyPair(PublicKeyAlgorithmTags.RSA_GENERAL, rsa.generateKeyPair(), made);
        PGPSignatureSubpacketGenerator hashed = new PGPSignatureSubpacketGenerator();
        hashed.setKeyFlags(true, KeyFlags.CERTIFY_OTHER | KeyFlags.SIGN_DATA);
        PGPDigestCalculator sum = sha1 ? new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1) : null;
        PGPDigestCalculator s2k = new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA256);
        PGPKeyRingGenerator ring = new PGPKeyRingGenerator(
            PGPSignature.POSITIVE_CERTIFICATION, pair, "bouncy castle <bc@el2g.example>", sum, hashed.generate(), null,
            new BcPGPContentSignerBuilder(PublicKeyAlgorithmTags.RSA_GENERAL, HashAlgorithmTags.SHA256),
            new BcPBESecretKeyEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256, s2k, 0xC0).build(passphrase.toCharArray()));
        try (ArmoredOutputStream out = new ArmoredOutputStream(new FileOutputStream(file.toFile()))) {
            ring.generateSecretKeyRing().encode(out);
        }
    }
}
